'use strict';

// Run against a fake tenant that `pytest-cxone serve` serves, which these tests arrange through its admin API.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { after, before, beforeEach, describe, it } = require('node:test');
const axios = require('axios');
const { CXoneAgents } = require('./cxoneAgents');
const { CXoneAuth } = require('./cxoneAuth');

const STATES = '/api/v2/agents/states';
const TOKEN = '/oauth/token';
const OFTEN_ENOUGH = 9;

async function admin(method, path, data) {
  const url = `${process.env.CXONE_BASE_URL}/__cxone__/${path}`;
  return (await axios.request({ method, url, data })).data;
}

/** What the tenant was asked for, by path. */
async function asked(path) {
  return (await admin('get', `journal?path=${path}`)).exchanges;
}

/** Run a command as a user would; `env` is set beside the served fake's variables. */
function run(script, args = [], env = {}) {
  return new Promise((resolve) => {
    const options = { cwd: __dirname, env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

/** Check what the command comes to; return the text that it printed. */
async function becomes(status, verdict, agentId = '12345', env = {}) {
  const ended = await run('diagnose.js', [agentId], env);
  assert.equal(ended.stderr, '');
  assert.equal(ended.stdout.split('\n')[0], `agent ${agentId}: ${verdict}`);
  assert.equal(ended.status, status);
  return ended.stdout;
}

before(() => {
  assert.ok(process.env.CXONE_BASE_URL, 'run `pytest-cxone serve` and set the variables that it prints: see README.md');
});

beforeEach(async () => {
  await admin('post', 'reset');
  await admin('put', 'agents/12345', { online: true });
});

after(() => admin('post', 'reset'));

describe('the verdict on an agent', () => {
  it('is online, with the state and its group', async () => {
    await admin('put', 'agents/12345', { online: true, state: 'Lunch break', group: 'Unavailable' });
    const text = await becomes(0, 'online');
    assert.match(text, /in state 'Lunch break' of group 'Unavailable' since \d{4}-/);
  });

  it('is the same for who is logged out and for whom this client may not see: nothing tells them apart', async () => {
    await admin('put', 'agents/12345', { online: false });
    const loggedOut = await becomes(14, 'offline or hidden');
    await admin('put', 'agents/12345', { online: true, hidden: true });
    assert.equal(await becomes(14, 'offline or hidden'), loggedOut);
    assert.match(loggedOut, /logged out, in a team that this client may not see, or /);
  });

  it('is online some seconds after the log-in, and not at once', async () => {
    await admin('put', 'agents/777', { online: true, latency: 5 });
    assert.match(await becomes(14, 'offline or hidden', '777'), /or logged in a moment ago/);
    await admin('post', 'clock', { advance: 5 });
    await becomes(0, 'online', '777');
  });

  it('is an unknown id where there is no profile either', async () => {
    await admin('delete', 'agents/12345');
    assert.match(await becomes(11, 'unknown id'), /check the id/);
  });

  it('is not an id for an e-mail address or a name, even of an agent', async () => {
    const { email, name } = await admin('get', 'agents/12345');
    assert.match(await becomes(12, 'not an id', email), /looks like an e-mail address/);
    assert.match(await becomes(12, 'not an id', name), /looks like a name/);
  });

  it('is on TARGET_AGENT_ID where the command names nobody', async () => {
    const { status, stdout } = await run('diagnose.js', [], { TARGET_AGENT_ID: '12345' });
    assert.deepEqual([status, stdout.split('\n')[0]], [0, 'agent 12345: online']);
  });
});

describe('what keeps a verdict from being given', () => {
  it('is a secret that is refused', async () => {
    await becomes(20, 'bad credentials', '12345', { CXONE_CLIENT_SECRET: 'another' });
    assert.equal((await asked(STATES)).length, 0);
  });

  it('is a token that is refused, also a new one', async () => {
    await admin('post', 'faults', { kind: 'token_revoked', times: OFTEN_ENOUGH });
    await becomes(21, 'token refused');
    assert.equal((await asked(TOKEN)).length, 2);
  });

  it('is a missing scope', async () => {
    await admin('put', `clients/${process.env.CXONE_CLIENT_ID}`, { scopes: ['read:agent:status'] });
    assert.match(await becomes(22, 'missing scope'), /give the client read:agent /);
  });

  it('is a rate limit, whose Retry-After is told', async () => {
    await admin('post', 'faults', { kind: 'rate_limit', retry_after: 7 });
    assert.match(await becomes(23, 'rate limited'), /Retry-After \(7\)/);
  });

  for (const status of [500, 503]) {
    it(`is an outage that shows as ${status}`, async () => {
      await admin('post', 'faults', { kind: 'outage', status });
      await becomes(24, 'outage');
    });
  }

  it('is an outage of the profile alone: nobody is unknown for that', async () => {
    await admin('put', 'agents/12345', { online: false });
    await admin('post', 'faults', { kind: 'outage', on: '/agents/12345' });
    await becomes(24, 'outage');
  });

  it('is an outage of the token', async () => {
    await admin('post', 'faults', { kind: 'outage', on: TOKEN });
    await becomes(24, 'outage');
  });

  it('is an answer that takes too long', async () => {
    await admin('post', 'faults', { kind: 'latency', seconds: 600 });
    assert.match(await becomes(25, 'network error', '12345', { CXONE_TIMEOUT: '0.5' }), /timed out/);
  });

  for (const kind of ['disconnect', 'truncated']) {
    it(`is a connection that breaks: ${kind}`, async () => {
      await admin('post', 'faults', { kind });
      await becomes(25, 'network error');
    });
  }

  for (const on of [STATES, TOKEN]) {
    it(`is a page of HTML with status 200, for ${on}`, async () => {
      await admin('post', 'faults', { kind: 'malformed', on });
      await becomes(27, 'unexpected answer');
    });
  }
});

describe('the token', () => {
  function clientAt(clock) {
    const { CXONE_CLIENT_ID: clientId, CXONE_CLIENT_SECRET: clientSecret, CXONE_BASE_URL: baseUrl } = process.env;
    return new CXoneAgents(new CXoneAuth({ clientId, clientSecret, baseUrl, now: () => clock.now }));
  }

  it('is asked for once for many requests, also for those made at once', async () => {
    const agents = clientAt({ now: 0 });
    await Promise.all(Array.from({ length: 10 }, () => agents.state('12345')));
    await agents.profile('12345');
    assert.deepEqual([(await asked(TOKEN)).length, (await asked(STATES)).length], [1, 10]);
  });

  it('is renewed from a minute before its end, and no sooner', async () => {
    const clock = { now: 0 };
    const agents = clientAt(clock);
    for (const [now, requests] of [[0, 1], [839_999, 1], [840_000, 2]]) {
      clock.now = now;
      await agents.state('12345');
      assert.equal((await asked(TOKEN)).length, requests, `at ${now} ms`);
    }
  });

  it('is renewed once where the tenant has ended it', async () => {
    const agents = clientAt({ now: 0 });
    await agents.state('12345');
    await admin('post', 'clock', { advance: 901 });
    const rows = await Promise.all([agents.state('12345'), agents.state('12345')]);
    assert.deepEqual(rows.map((row) => row.agentId), ['12345', '12345']);
    assert.equal((await asked(TOKEN)).length, 2);
  });

  it('is asked for again after it was refused once', async () => {
    const agents = clientAt({ now: 0 });
    await admin('post', 'faults', { kind: 'outage', on: TOKEN, times: 1 });
    await assert.rejects(agents.state('12345'), { name: 'Outage' });
    assert.equal((await agents.state('12345')).agentId, '12345');
  });

  it('and the secret are not shown by what holds them', () => {
    const { inspect } = require('node:util');
    const auth = CXoneAuth.fromEnvironment(process.env);
    assert.ok(!inspect(auth, { showHidden: true }).includes(process.env.CXONE_CLIENT_SECRET));
  });
});

describe('the floor', () => {
  for (const pageCap of [2, 5, 100]) {
    it(`is read to its last page where a page holds ${pageCap}`, async () => {
      await admin('put', 'tenant', { page_cap: pageCap });
      await admin('delete', 'agents');
      await admin('post', 'agents', { count: 4 });
      await admin('put', 'agents/12345', { online: true, state: 'Lunch break' });
      const { status, stdout } = await run('floor.js');
      assert.deepEqual([status, stdout.split('\n').sort()], [0, ['', '1 Lunch break', '4 Available']]);
      assert.equal((await asked(STATES)).length, Math.ceil(5 / pageCap) + 1);
    });
  }

  it('is told to be empty where it is', async () => {
    await admin('delete', 'agents');
    assert.deepEqual(await run('floor.js'), { status: 0, stdout: 'nobody is listed\n', stderr: '' });
  });

  it('is never told to be empty during an outage', async () => {
    await admin('post', 'faults', { kind: 'outage' });
    const { status, stdout, stderr } = await run('floor.js');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^The floor cannot be told: GET \S+ was answered with 503\n$/);
  });
});
