/**
 * Connection URLs as libpq reads them: several hosts, IPv6, sockets, percent-encoding, parameters that stand in
 * for parts of the URL. WHATWG's URL refuses several hosts and re-encodes passwords, hence a reader of our own.
 * Parsing has no I/O: password files and service files are resolved by the command line.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
import { inspect } from 'node:util';
import {
  findContradiction,
  refusedParameters,
  sslmodeOf,
  supportedParameters,
} from './connection-parameters.ts';
import { ReplicatorError } from './replicator-error.ts';
import { Secret } from './secret.ts';

export const DEFAULT_POSTGRES_PORT = 5432;

export interface HostAddress {
  /** A name, an address without brackets, or the absolute directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

interface UrlParts {
  hosts: readonly HostAddress[];
  user: string | undefined;
  password: Secret | undefined;
  database: string | undefined;
  /** Parameters without those that stand for parts of the URL (host, port, user, password, dbname). */
  parameters: ReadonlyMap<string, string>;
}

/** A parsed connection URL whose every implicit way to text is redacted. */
export class ConnectionUrl {
  readonly hosts: readonly HostAddress[];
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly database: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;

  private constructor(parts: UrlParts) {
    this.hosts = parts.hosts;
    this.user = parts.user;
    this.password = parts.password;
    this.database = parts.database;
    this.parameters = parts.parameters;
  }

  /**
   * `defaults` stand in for what the URL leaves out, by libpq's keywords: what the environment and service files say.
   *
   * @throws ReplicatorError `invalid_url`; the message names what is wrong and never repeats the URL.
   */
  static parse(text: string, defaults: ReadonlyMap<string, string> = new Map()): ConnectionUrl {
    return new ConnectionUrl(readUrl(text, defaults));
  }

  withDatabase(database: string): ConnectionUrl {
    return new ConnectionUrl({ ...this.#parts(), database });
  }

  withUser(user: string): ConnectionUrl {
    return new ConnectionUrl({ ...this.#parts(), user });
  }

  withPassword(password: Secret): ConnectionUrl {
    return new ConnectionUrl({ ...this.#parts(), password });
  }

  withoutParameters(names: readonly string[]): ConnectionUrl {
    const parameters = new Map([...this.parameters].filter(([name]) => !names.includes(name)));
    return new ConnectionUrl({ ...this.#parts(), parameters });
  }

  /** What the URL asks for, or the default. */
  get sslmode(): string {
    return sslmodeOf(this.parameters);
  }

  /** The URL with its password. Only for where it is sealed or submitted over TLS. */
  reveal(): string {
    const user = this.user === undefined ? '' : encodeURIComponent(this.user);
    const password = this.password === undefined ? '' : `:${encodeURIComponent(this.password.reveal())}`;
    const credentials = user === '' && password === '' ? '' : `${user}${password}@`;
    const parameters = [...this.parameters].map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    );
    const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
    return `postgresql://${credentials}${this.#hostsAndDatabase()}${query}`;
  }

  /** Hosts and database alone: `postgresql://***@host:5432/db`. User, password and parameters are left out. */
  toString(): string {
    const credentials = this.user === undefined && this.password === undefined ? '' : '***@';
    return `postgresql://${credentials}${this.#hostsAndDatabase()}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #hostsAndDatabase(): string {
    const hosts = this.hosts.map(({ host, port }) => `${formatHost(host)}:${port}`).join(',');
    return this.database === undefined ? hosts : `${hosts}/${encodeURIComponent(this.database)}`;
  }

  #parts(): UrlParts {
    const { hosts, user, password, database, parameters } = this;
    return { hosts, user, password, database, parameters };
  }
}

/** `scheme://[user[:password]@][host[:port],…][/database][?parameters]` */
const URL_SHAPE = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

const UNESCAPED_CREDENTIALS = 'in a user or a password "@" is written %40, "/" %2F and "?" %3F';

function readUrl(text: string, defaults: ReadonlyMap<string, string>): UrlParts {
  const match = URL_SHAPE.exec(text);
  if (match === null) {
    throw invalidUrl('it must look like postgresql://user:password@host:5432/database');
  }
  const [, credentials = '', hostList = '', path = '', query = ''] = match;
  // What follows the credentials is shown, so that nothing of them may be in it.
  if (`${hostList}${path}`.includes('@')) {
    throw invalidUrl(`it has an "@" in its host or database (${UNESCAPED_CREDENTIALS})`);
  }
  const colon = credentials.indexOf(':');
  const userText = colon === -1 ? credentials : credentials.slice(0, colon);
  const passwordText = colon === -1 ? '' : credentials.slice(colon + 1);
  const parameters = readParameters(query);

  const take = (name: string, fromUrl: string): string | undefined => {
    const value = parameters.get(name) ?? fromUrl;
    parameters.delete(name);
    return value === '' ? defaults.get(name) : value;
  };
  const listed = hostList.split(',').map(readHost);
  const hosts = take('host', joinUnlessEmpty(listed.map(({ host }) => host)));
  const ports = take('port', joinUnlessEmpty(listed.map(({ port }) => port)));
  const user = take('user', decode(userText, 'user'));
  const password = take('password', decode(passwordText, 'password'));
  const database = take('dbname', decode(path, 'dbname'));
  addDefaults(parameters, defaults);
  const contradiction = findContradiction(parameters);
  if (contradiction !== null) throw invalidUrl(contradiction);
  return {
    hosts: readHosts(hosts ?? '', ports ?? ''),
    user,
    password: password === undefined ? undefined : new Secret(password),
    database,
    parameters,
  };
}

/** The keywords that stand for parts of the URL. */
const partKeywords = ['host', 'port', 'user', 'password', 'dbname'];

function addDefaults(parameters: Map<string, string>, defaults: ReadonlyMap<string, string>): void {
  for (const [name, value] of defaults) {
    if (partKeywords.includes(name) || parameters.has(name)) continue;
    checkParameter(name, value);
    parameters.set(name, value);
  }
}

function joinUnlessEmpty(items: readonly string[]): string {
  return items.every((item) => item === '') ? '' : items.join(',');
}

function readHosts(hostList: string, portList: string): HostAddress[] {
  const hosts = hostList.split(',');
  const ports = portList.split(',');
  if (ports.length !== 1 && ports.length !== hosts.length) {
    throw invalidUrl(`it names ${hosts.length} hosts but ${ports.length} ports`);
  }
  return hosts.map((host, index) => ({
    host: host === '' ? 'localhost' : host,
    port: readPort((ports.length === 1 ? ports[0] : ports[index]) ?? ''),
  }));
}

function readHost(text: string): { host: string; port: string } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text);
  if (match === null) throw invalidUrl('an IPv6 address must stand in brackets, as in [::1]:5432');
  return { host: decode(match[1] ?? match[2] ?? '', 'host'), port: match[3] ?? '' };
}

function readPort(text: string): number {
  if (text === '') return DEFAULT_POSTGRES_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw invalidUrl(
      'its port must be a number from 1 to 65535 (a "/" or "@" in a password is written %2F or %40)',
    );
  }
  return port;
}

function readParameters(query: string): Map<string, string> {
  try {
    return readPairs(query);
  } catch (error) {
    // The message names the parameter, which in postgres://user:pass?word@host/db is the half of a password.
    if (query.includes('@')) {
      throw invalidUrl(`its parameters cannot be read (${UNESCAPED_CREDENTIALS})`);
    }
    throw error;
  }
}

function readPairs(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals), 'parameter');
    if (equals === -1) throw invalidUrl(`its parameter "${name}" has no value`);
    const value = decode(pair.slice(equals + 1), name);
    if (name === 'ssl' && value === 'true') {
      parameters.set('sslmode', 'require');
      continue;
    }
    checkParameter(name, value);
    parameters.set(name, value);
  }
  return parameters;
}

function checkParameter(name: string, value: string): void {
  const refusal = refusedParameters.get(name);
  if (refusal !== undefined) throw invalidUrl(`its parameter "${name}" ${refusal}`);
  const allowedValues = supportedParameters.get(name);
  if (allowedValues === undefined) {
    throw invalidUrl(`its parameter "${name}" is not one of PostgreSQL's connection parameters; remove it`);
  }
  if (allowedValues !== 'any' && !allowedValues.includes(value)) {
    throw invalidUrl(`its parameter "${name}" must be one of ${allowedValues.join(', ')}`);
  }
}

function decode(text: string, what: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (error) {
    throw new ReplicatorError(
      'invalid_url',
      `The connection URL is malformed: its ${what} holds a "%" that is not part of a percent-encoded character; write "%" as "%25".`,
      { cause: error },
    );
  }
  if (decoded.includes('\0')) throw invalidUrl(`its ${what} holds a NUL character`);
  return decoded;
}

function formatHost(host: string): string {
  if (host.startsWith('/')) return encodeURIComponent(host);
  return host.includes(':') ? `[${host}]` : host;
}

function invalidUrl(what: string): ReplicatorError {
  return new ReplicatorError('invalid_url', `The connection URL is malformed: ${what}.`);
}
