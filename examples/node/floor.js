'use strict';

// node floor.js: how many agents are in each state?

const dotenv = require('dotenv');
const { CXoneAgents } = require('./cxoneAgents');
const { CXoneAuth } = require('./cxoneAuth');
const { CXoneError } = require('./errors');

async function main(env) {
  const counts = new Map();
  for await (const { state } of new CXoneAgents(CXoneAuth.fromEnvironment(env)).online()) {
    counts.set(state.name, (counts.get(state.name) ?? 0) + 1);
  }
  for (const [name, count] of counts) console.log(`${count} ${name}`);
  if (counts.size === 0) console.log('nobody is listed');
}

dotenv.config({ quiet: true });
main(process.env).catch((error) => {
  if (!(error instanceof CXoneError)) throw error;
  console.error(`The floor cannot be told: ${error.message}`);
  process.exitCode = 1;
});
