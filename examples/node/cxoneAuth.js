'use strict';

const { BadCredentials, Misconfigured, MissingScope, UnexpectedAnswer } = require('./errors');
const { failure, send } = require('./http');

const HOSTS = {
  us: 'https://platform.nicecxone.com',
  eu: 'https://platform.nicecxone-eu.com',
};
const SCOPES = 'read:agent read:agent:status';
const EARLY_MS = 60_000;

/** The token of an API client: asked for when first needed, kept until a minute before it ends. */
class CXoneAuth {
  #clientId;
  #clientSecret;
  #now;
  #token = null;
  #goodUntil = 0;
  #underWay = null;

  /** `timeoutMs` holds for each request; `now` tells the time in ms, as `Date.now` does. */
  constructor({ clientId, clientSecret, region = 'us', baseUrl, authUrl, timeoutMs = 10_000, now = Date.now }) {
    if (!Object.hasOwn(HOSTS, region)) {
      throw new Misconfigured(`CXONE_REGION is '${region}'; it must be one of ${Object.keys(HOSTS).join(', ')}`);
    }
    this.#clientId = clientId;
    this.#clientSecret = clientSecret;
    this.#now = now;
    this.baseUrl = address('CXONE_BASE_URL', baseUrl || HOSTS[region]);
    this.authUrl = address('CXONE_AUTH_URL', authUrl || `${this.baseUrl}/oauth/token`);
    this.timeoutMs = timeoutMs;
  }

  static fromEnvironment(env) {
    const missing = ['CXONE_CLIENT_ID', 'CXONE_CLIENT_SECRET'].filter((name) => !env[name]);
    if (missing.length > 0) {
      throw new Misconfigured(`${missing.join(' and ')} must be set, in the environment or in a file .env`);
    }
    const seconds = Number(env.CXONE_TIMEOUT || 10);
    if (!(seconds > 0)) {
      throw new Misconfigured(`CXONE_TIMEOUT is '${env.CXONE_TIMEOUT}'; it must be seconds, more than 0`);
    }
    return new CXoneAuth({
      clientId: env.CXONE_CLIENT_ID,
      clientSecret: env.CXONE_CLIENT_SECRET,
      region: env.CXONE_REGION || 'us',
      baseUrl: env.CXONE_BASE_URL,
      authUrl: env.CXONE_AUTH_URL,
      timeoutMs: seconds * 1_000,
    });
  }

  async getToken() {
    if (this.#token !== null && this.#now() < this.#goodUntil) return this.#token;
    // Whoever asks meanwhile waits for the same answer.
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Asynchronous as the token is: a header of `Bearer [object Promise]` is refused like any wrong token. */
  async getHeaders() {
    return { Authorization: `Bearer ${await this.getToken()}`, Accept: 'application/json' };
  }

  /** Let go of the headers' token, which the API refused, unless a newer one is there already. */
  forget({ Authorization }) {
    if (Authorization === `Bearer ${this.#token}`) this.#token = null;
  }

  async #fetch() {
    const asked = this.#now();
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.#clientId,
      client_secret: this.#clientSecret,
      scope: SCOPES,
    });
    const answer = await send({ method: 'post', url: this.authUrl, data: form, timeout: this.timeoutMs });
    if (answer.status !== 200) throw refusal(answer);
    const { access_token: token, expires_in: seconds } = answer.data ?? {};
    if (typeof token !== 'string' || token === '' || !(seconds > 0)) {
      throw new UnexpectedAnswer('the token request was answered with 200 and no token that lasts');
    }
    const lifetime = seconds * 1_000;
    this.#token = token;
    // One that lives for less than two minutes is still used for half its life.
    this.#goodUntil = asked + lifetime - Math.min(EARLY_MS, lifetime / 2);
    return token;
  }
}

function refusal(answer) {
  const { status, data } = answer;
  const message = `the token request was answered with ${status}`;
  if (status === 400 && data?.error === 'invalid_scope') return new MissingScope(message);
  // RFC 6749, 5.2: wrong credentials may be 400 or 401.
  if ([400, 401, 403].includes(status)) return new BadCredentials(message);
  return failure('the token request', answer);
}

function address(variable, url) {
  try {
    new URL(url);
  } catch {
    throw new Misconfigured(`${variable} is '${url}'; it must be a whole URL, with https://`);
  }
  return url.replace(/\/+$/, '');
}

module.exports = { CXoneAuth };
