'use strict';

const {
  BadCredentials,
  CXoneError,
  MissingScope,
  NetworkFailure,
  Outage,
  RateLimited,
  TokenRefused,
} = require('./errors');

/** Return `{ verdict, cause, action }` on an agent. What the tenant answers, or does not, is never thrown. */
async function diagnose(agents, agentId) {
  try {
    // A row is proof enough; the profile is asked for only where there is none.
    const row = await agents.state(agentId);
    if (row !== null) return online(row);
    return (await agents.profile(agentId)) === null ? unknown(agentId) : unlisted();
  } catch (error) {
    if (error instanceof CXoneError) return unanswered(error);
    throw error;
  }
}

function online({ state, stateGroup, lastUpdated }) {
  return {
    verdict: 'online',
    cause: `logged in, in state '${state.name}' of group '${stateGroup.name}' since ${lastUpdated}`,
    action: 'nothing to do',
  };
}

/** Nothing that was asked for tells a hidden agent from one who is logged out. */
function unlisted() {
  return {
    verdict: 'offline or hidden',
    cause:
      'the agent exists, and no state is listed: logged out, in a team that this client may not see, or logged in ' +
      'a moment ago',
    action: 'let the agent log in; if it is logged in, ask again in 5 s, and then let the client see its team',
  };
}

function unknown(agentId) {
  const form = otherThanId(agentId);
  if (form !== null) {
    return {
      verdict: 'not an id',
      cause: `no agent of this tenant has this id, and it looks like ${form}`,
      action: "take the id from the address of the agent's profile in the Admin Console",
    };
  }
  return {
    verdict: 'unknown id',
    cause: 'no agent of this tenant has this id',
    action: 'check the id, and the region it belongs to',
  };
}

/** What a text looks like that is no id; null where it may be one. */
function otherThanId(text) {
  if (text.includes('@')) return 'an e-mail address';
  return /\d/.test(text) && !text.trim().includes(' ') ? null : 'a name';
}

function unanswered(error) {
  const cause = error.message;
  if (error instanceof BadCredentials) {
    const action = 'check CXONE_CLIENT_ID, CXONE_CLIENT_SECRET and CXONE_REGION';
    return { verdict: 'bad credentials', cause, action };
  }
  if (error instanceof TokenRefused) {
    const action = 'check that CXONE_AUTH_URL and CXONE_BASE_URL belong to one tenant';
    return { verdict: 'token refused', cause: `${cause}, also with a new token`, action };
  }
  if (error instanceof MissingScope) {
    const action = 'give the client read:agent and read:agent:status (Admin > API > Client Credentials)';
    return { verdict: 'missing scope', cause, action };
  }
  if (error instanceof RateLimited) {
    const when = error.retryAfter === undefined ? 'later' : `when Retry-After (${error.retryAfter}) has passed`;
    return { verdict: 'rate limited', cause, action: `ask again ${when}` };
  }
  if (error instanceof Outage) {
    return { verdict: 'outage', cause, action: 'wait, and ask again; nothing is known of the agent' };
  }
  if (error instanceof NetworkFailure) {
    return { verdict: 'network error', cause, action: 'check the host, the network and the proxy' };
  }
  return { verdict: 'unexpected answer', cause, action: 'check CXONE_BASE_URL; else the API may have changed' };
}

module.exports = { diagnose };
