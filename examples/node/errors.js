'use strict';

// What keeps a question from being answered, one class a fact. None of them says that an agent is logged out.

class CXoneError extends Error {
  constructor(message, details = {}) {
    super(message);
    this.name = new.target.name;
    Object.assign(this, details);
  }
}

/** A setting is missing or wrong; nothing was sent. */
class Misconfigured extends CXoneError {}

/** The token request was refused: the client's id or secret is wrong. */
class BadCredentials extends CXoneError {}

/** 401 by the API, also with a new token. */
class TokenRefused extends CXoneError {}

/** 403: the client lacks a scope. */
class MissingScope extends CXoneError {}

/** 429. `retryAfter` is the header as it came, undefined where there was none. */
class RateLimited extends CXoneError {}

/** Any 5xx. */
class Outage extends CXoneError {}

/** No answer, or half of one: DNS, connection refused, timeout, TLS, a broken connection. */
class NetworkFailure extends CXoneError {}

/** An answer that the API is not known to give. */
class UnexpectedAnswer extends CXoneError {}

module.exports = {
  BadCredentials,
  CXoneError,
  Misconfigured,
  MissingScope,
  NetworkFailure,
  Outage,
  RateLimited,
  TokenRefused,
  UnexpectedAnswer,
};
