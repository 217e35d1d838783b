'use strict';

const axios = require('axios');
const {
  MissingScope,
  NetworkFailure,
  Outage,
  RateLimited,
  TokenRefused,
  UnexpectedAnswer,
} = require('./errors');

const REASONS = {
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ECONNABORTED: 'timed out',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'timed out',
};

/** Send a request and return `{ status, headers, data }`, whatever the status is. */
async function send(request) {
  try {
    // The API redirects nobody: whoever does would be handed the secret or the token.
    return await axios.request({ maxRedirects: 0, validateStatus: null, ...request });
  } catch (error) {
    // The error of axios is not passed on, since it holds the request, and that the secret or the token.
    const { host } = new URL(request.url);
    throw new NetworkFailure(`no answer from ${host}: ${REASONS[error.code] ?? error.code ?? 'unknown reason'}`);
  }
}

/** Return the error that an answer other than the hoped-for one comes to. */
function failure(operation, { status, headers }) {
  const message = `${operation} was answered with ${status}`;
  if (status === 401) return new TokenRefused(message);
  if (status === 403) return new MissingScope(message);
  if (status === 429) return new RateLimited(message, { retryAfter: headers['retry-after'] });
  if (status >= 500) return new Outage(message, { status });
  return new UnexpectedAnswer(message);
}

module.exports = { failure, send };
