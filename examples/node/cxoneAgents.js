'use strict';

const { UnexpectedAnswer } = require('./errors');
const { failure, send } = require('./http');

const AGENTS = '/api/v2/agents';
const STATES = '/api/v2/agents/states';
const PAGE_SIZE = 100;

/** Agents and their states. A null is always an answer; what is no answer is thrown. */
class CXoneAgents {
  #auth;

  constructor(auth) {
    this.#auth = auth;
  }

  /** The agent's profile, logged in or not; null where no agent has this id. */
  async profile(agentId) {
    const path = `${AGENTS}/${encodeURIComponent(agentId)}`;
    const answer = await this.#get(path);
    // A page of HTML is some other server's 404, and tells nothing of an agent.
    if (answer.status === 404 && isObject(answer.data)) return null;
    if (answer.status !== 200) throw failure(`GET ${path}`, answer);
    if (answer.data?.agentId !== agentId) throw new UnexpectedAnswer(`GET ${path} gave no profile of this agent`);
    return answer.data;
  }

  /** The agent's row; null where none is listed: logged out, hidden from this client, or unknown. */
  async state(agentId) {
    const rows = await this.#states({ agentId });
    if (rows.some((row) => row.agentId !== agentId)) {
      throw new UnexpectedAnswer(`GET ${STATES} gave rows of other agents than the one asked for`);
    }
    return rows[0] ?? null;
  }

  /** Everybody's row, each agent once, fetched page by page. */
  async *online() {
    const seen = new Set();
    for (let page = 1, stale = 0; ; page += 1) {
      const rows = await this.#states({ page, pageSize: PAGE_SIZE });
      // Only an empty page is the end: a short one may mean that the tenant gives fewer rows than were asked for.
      if (rows.length === 0) return;
      const fresh = rows.filter(({ agentId }) => !seen.has(agentId));
      // Log-ins move rows to the next page, but hardly whole pages twice in a row.
      stale = fresh.length === 0 ? stale + 1 : 0;
      if (stale > 1) throw new UnexpectedAnswer(`GET ${STATES} gave the same rows for page ${page} as before`);
      for (const row of fresh) {
        seen.add(row.agentId);
        yield row;
      }
    }
  }

  async #states(params) {
    const answer = await this.#get(STATES, params);
    if (answer.status !== 200) throw failure(`GET ${STATES}`, answer);
    if (!Array.isArray(answer.data) || !answer.data.every(isRow)) {
      throw new UnexpectedAnswer(`GET ${STATES} gave something other than a list of agents' states`);
    }
    return answer.data;
  }

  async #get(path, params) {
    const first = await this.#send(path, params);
    // A token may end before its time: once more with a new one, and not a third time.
    return first.status === 401 ? this.#send(path, params) : first;
  }

  async #send(path, params) {
    const { baseUrl, timeoutMs } = this.#auth;
    const headers = await this.#auth.getHeaders();
    const answer = await send({ method: 'get', url: baseUrl + path, params, headers, timeout: timeoutMs });
    if (answer.status === 401) this.#auth.forget(headers);
    return answer;
  }
}

function isRow(value) {
  return (
    typeof value?.agentId === 'string' &&
    typeof value.state?.name === 'string' &&
    typeof value.stateGroup?.name === 'string'
  );
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

module.exports = { CXoneAgents };
