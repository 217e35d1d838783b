'use strict';

// node diagnose.js [AGENT_ID]: why does this agent not show in CXone's states?

const dotenv = require('dotenv');
const { CXoneAgents } = require('./cxoneAgents');
const { CXoneAuth } = require('./cxoneAuth');
const { diagnose } = require('./diagnosis');
const { Misconfigured } = require('./errors');

const USAGE = 2;
// Those of `pytest-cxone diagnose`.
const EXIT_STATUS = {
  online: 0,
  'unknown id': 11,
  'not an id': 12,
  'offline or hidden': 14,
  'bad credentials': 20,
  'token refused': 21,
  'missing scope': 22,
  'rate limited': 23,
  outage: 24,
  'network error': 25,
  'unexpected answer': 27,
};

async function main([named, ...more], env) {
  const agentId = named ?? env.TARGET_AGENT_ID;
  if (!agentId || more.length > 0) {
    throw new Misconfigured('one agent must be named: node diagnose.js 12345, or set TARGET_AGENT_ID');
  }
  const agents = new CXoneAgents(CXoneAuth.fromEnvironment(env));
  const { verdict, cause, action } = await diagnose(agents, agentId);
  console.log(`agent ${agentId}: ${verdict}\ncause: ${cause}\naction: ${action}`);
  return EXIT_STATUS[verdict];
}

dotenv.config({ quiet: true });
main(process.argv.slice(2), process.env).then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    if (!(error instanceof Misconfigured)) throw error;
    console.error(`Error: ${error.message}`);
    process.exitCode = USAGE;
  },
);
