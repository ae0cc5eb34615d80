// The program's settings: environment and flags, checked once at start, with one clear sentence per mistake.
import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS, type Settings } from './requirements/settings.ts';

export const COMMANDS = ['run', 'watch', 'work', 'rollout'] as const;
export type Command = (typeof COMMANDS)[number];

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Config {
  readonly command: Command;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** undefined: the first part of the kube-system namespace's uid. */
  readonly cluster: string | undefined;
  readonly installation: string;
  readonly listen: ListenAddress;
  readonly logLevel: string;
  readonly auditIntervalMs: number;
  readonly stalledAfterMs: number;
  readonly relistIntervalMs: number;
  /** For one request to the Kubernetes API. */
  readonly requestTimeoutMs: number;
  /** After so long without a sign of life, what a worker had in hand is given to another one. */
  readonly workerTimeoutMs: number;
  readonly maxCachedWorkflows: number;
  /** How many DittoServers of a rollout have their turn at the same time. */
  readonly rolloutAtATime: number;
  readonly clusterDomain: string;
  /** undefined: every name is looked up. */
  readonly hostOverrides: string | undefined;
  readonly settings: Settings;
}

interface Option {
  readonly variable: string;
  readonly flag: string;
  readonly value: string;
  readonly fallback: string;
  readonly help: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

/** Every setting, in the order in which --help prints them; docs/reference/configuration.md is compared with it. */
export const OPTIONS = [
  { variable: 'WATCH_NAMESPACES', flag: 'watch-namespaces', value: 'a,b,...', fallback: '', help: 'namespaces to serve, separated by commas; empty: all' },
  { variable: 'CLUSTER_NAME', flag: 'cluster-name', value: 'name', fallback: '', help: "this cluster's name in Temporal; empty: the first part of the kube-system namespace's UID" },
  { variable: 'INSTALLATION', flag: 'installation', value: 'name', fallback: 'main', help: 'tells apart several installations in one cluster' },
  { variable: 'LISTEN_ADDRESS', flag: 'listen-address', value: 'host:port', fallback: '0.0.0.0:8080', help: 'where /healthz, /readyz and /metrics are served' },
  { variable: 'LOG_LEVEL', flag: 'log-level', value: LOG_LEVELS.join('|'), fallback: 'info', help: 'least level that is logged (JSON lines on standard output)' },
  { variable: 'DEADLINE_INPUTS', flag: 'deadline-inputs', value: 'duration', fallback: '10m', help: 'how long missing Secrets, keys and StorageClasses may take before the DittoServer is told as stalled' },
  { variable: 'DEADLINE_DATABASE', flag: 'deadline-database', value: 'duration', fallback: '20m', help: 'the same for PostgreSQL' },
  { variable: 'DEADLINE_PODS', flag: 'deadline-pods', value: 'duration', fallback: '10m', help: 'the same for the pods of the server' },
  { variable: 'RESYNC_INTERVAL', flag: 'resync-interval', value: 'duration', fallback: '10h', help: 'how often a DittoServer that is as it should be is looked at without a cause' },
  { variable: 'AUDIT_INTERVAL', flag: 'audit-interval', value: 'duration', fallback: '1m', help: 'within which time each workflow is checked: one that is gone comes back, one that is stuck is told' },
  { variable: 'ENGINE_STALLED_AFTER', flag: 'engine-stalled-after', value: 'duration', fallback: '1m', help: 'how long a workflow may make no progress before that is told and its run replaced' },
  { variable: 'RELIST_INTERVAL', flag: 'relist-interval', value: 'duration', fallback: '10m', help: 'within which time a change is noticed that the API server did not tell: everything is listed again so often' },
  { variable: 'REQUEST_TIMEOUT', flag: 'request-timeout', value: 'duration', fallback: '10s', help: 'how long one request to the Kubernetes API may take before it is given up and repeated later' },
  { variable: 'WORKER_TIMEOUT', flag: 'worker-timeout', value: 'duration', fallback: '4s', help: 'how long a worker may give no sign of life before what it had in hand is given to another one' },
  { variable: 'MAX_CACHED_WORKFLOWS', flag: 'max-cached-workflows', value: 'number', fallback: '1000', help: 'workflows kept in memory; others are replayed when needed' },
  { variable: 'ROLLOUT_AT_A_TIME', flag: 'rollout-at-a-time', value: 'number', fallback: '2', help: 'how many DittoServers a rollout restarts at the same time' },
  { variable: 'CLUSTER_DOMAIN', flag: 'cluster-domain', value: 'domain', fallback: 'cluster.local', help: 'what the names of Services end with, under which the servers’ own API is reached' },
  { variable: 'HOST_OVERRIDES', flag: 'host-overrides', value: 'file', fallback: '', help: 'for a provisioner outside of the cluster: a JSON file with the addresses of servers and databases by host name' },
] as const satisfies readonly Option[]; // prettier-ignore

type Variable = (typeof OPTIONS)[number]['variable'];

/** Wrong settings: one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

export function helpText(): string {
  const options = OPTIONS.map(({ variable, flag, value, fallback, help }) => {
    const standard = fallback === '' ? '' : ` (default ${fallback})`;
    return `  --${flag} <${value}>\n      ${variable}: ${help}${standard}`;
  });
  return `dittoserver-provisioner: provisions DittoFS servers on Kubernetes, one durable Temporal workflow per DittoServer.

Usage: dittoserver-provisioner <command> [flags]

Commands:
  run     watcher and worker in one process: the usual way
  watch   only the watcher: turns changes in Kubernetes into signals to workflows
  work    only the worker: runs the workflows and their activities
  rollout brings pod templates of older versions up to date, a few DittoServers at a time; starts that, and ends

Every flag can be given as an environment variable; a flag wins.

${options.join('\n')}
  --help
      this text

Kubernetes is reached by KUBECONFIG, else the service account of the pod, else ~/.kube/config.
Temporal is reached by its standard environment: TEMPORAL_ADDRESS (default localhost:7233), TEMPORAL_NAMESPACE (default
default), TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_TLS_SERVER_CA_CERT_PATH and
so on, or a configuration file and profile (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE).

Durations are a whole number and ms, s, m or h, for example 90s or 20m.
`;
}

/** Collects mistakes, so that all are told at once. */
class Mistakes {
  readonly found: string[] = [];
  add(variable: string, value: string, wanted: string): void {
    this.found.push(`${variable} is "${value}": use ${wanted}`);
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Node's timers and Temporal's both go further than anybody wants to wait; Node's end here. */
const LONGEST_MS = 24 * 24 * 3_600_000;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

type Values = Readonly<Record<Variable, string>>;

interface Bounds {
  readonly leastMs?: number;
  readonly mostMs?: number;
}

/** Below this the watcher would do nothing else. */
const ROUND: Bounds = { leastMs: 1_000 };
/** Below it a busy API server is given up; an activity tries for ten seconds (activities/index.ts). */
const REQUEST: Bounds = { leastMs: 1_000, mostMs: 10_000 };
/** Below it a busy process is taken for dead; after ten seconds a step ends in any case. */
const WORKER: Bounds = { leastMs: 2_000, mostMs: 10_000 };

function wantedDuration({ leastMs = 1, mostMs }: Bounds): string {
  const least = leastMs > 1 ? `of at least ${leastMs / 1_000}s` : 'above zero';
  if (mostMs !== undefined) return `a duration ${least} and up to ${mostMs / 1_000}s, such as 2500ms or 5s`;
  return `a duration ${least} and up to 576h, such as 90s, 20m or 10h`;
}

function duration(values: Values, variable: Variable, mistakes: Mistakes, bounds: Bounds = {}): number {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h)$/.exec(values[variable]) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  const { leastMs = 1, mostMs = LONGEST_MS } = bounds;
  if (!(ms >= leastMs && ms <= mostMs)) mistakes.add(variable, values[variable], wantedDuration(bounds));
  return ms;
}

function listenAddress(values: Values, mistakes: Mistakes): ListenAddress {
  const text = values.LISTEN_ADDRESS;
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535)
    mistakes.add('LISTEN_ADDRESS', text, 'host:port or :port, for example 0.0.0.0:8080');
  return { host: host.replace(/^\[|\]$/g, '') || '0.0.0.0', port: Number(port) };
}

function namespaces(values: Values, mistakes: Mistakes): readonly string[] {
  const names = values.WATCH_NAMESPACES.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    if (!DNS_LABEL.test(name)) mistakes.add('WATCH_NAMESPACES', name, 'names of namespaces separated by commas');
  }
  return [...new Set(names)];
}

function label(values: Values, variable: 'CLUSTER_NAME' | 'INSTALLATION', mistakes: Mistakes): string {
  const name = values[variable];
  const optional = variable === 'CLUSTER_NAME' && name === '';
  if (!optional && !DNS_LABEL.test(name))
    mistakes.add(variable, name, 'lower-case letters, digits and "-", at most 63');
  return name;
}

function domain(values: Values, mistakes: Mistakes): string {
  const name = values.CLUSTER_DOMAIN.replace(/\.$/, '');
  if (!name.split('.').every((part) => DNS_LABEL.test(part)))
    mistakes.add('CLUSTER_DOMAIN', name, 'a domain such as cluster.local');
  return name;
}

function count(values: Values, variable: Variable, mistakes: Mistakes): number {
  const number = Number(values[variable]);
  if (!Number.isInteger(number) || number < 1) mistakes.add(variable, values[variable], 'a whole number above zero');
  return number;
}

function valuesOf(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): Values {
  const entries = OPTIONS.map(({ variable, flag, fallback }) => {
    const given = flags[flag];
    return [variable, typeof given === 'string' ? given : env[variable] || fallback] as const;
  });
  return Object.fromEntries(entries) as Values;
}

function parseFlags(args: readonly string[]): ReturnType<typeof parseArgs> {
  const options = Object.fromEntries(OPTIONS.map(({ flag }) => [flag, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { ...options, help: { type: 'boolean' } } });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new ConfigError([`${sentence} (see --help)`]);
  }
}

function commandOf(positionals: readonly string[], mistakes: Mistakes): Command {
  const [given = ''] = positionals;
  const command = COMMANDS.find((name) => name === given);
  if (command === undefined || positionals.length !== 1)
    mistakes.add('the command', positionals.join(' '), 'run, watch, work or rollout');
  return command ?? 'run';
}

/**
 * Reads the configuration.
 *
 * @param args arguments after the program's name
 * @returns `help` when the text of --help is asked for
 * @throws ConfigError with every mistake there is
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config | 'help' {
  const { values: flags, positionals } = parseFlags(args);
  if (flags['help'] === true || (positionals.length === 0 && Object.keys(flags).length === 0)) return 'help';
  const values = valuesOf(flags, env);
  const mistakes = new Mistakes();
  const cluster = label(values, 'CLUSTER_NAME', mistakes);
  if (!LOG_LEVELS.includes(values.LOG_LEVEL))
    mistakes.add('LOG_LEVEL', values.LOG_LEVEL, `one of ${LOG_LEVELS.join(', ')}`);
  const config: Config = {
    command: commandOf(positionals, mistakes),
    namespaces: namespaces(values, mistakes),
    cluster: cluster === '' ? undefined : cluster,
    installation: label(values, 'INSTALLATION', mistakes),
    listen: listenAddress(values, mistakes),
    logLevel: values.LOG_LEVEL,
    auditIntervalMs: duration(values, 'AUDIT_INTERVAL', mistakes, ROUND),
    stalledAfterMs: duration(values, 'ENGINE_STALLED_AFTER', mistakes, ROUND),
    relistIntervalMs: duration(values, 'RELIST_INTERVAL', mistakes, ROUND),
    requestTimeoutMs: duration(values, 'REQUEST_TIMEOUT', mistakes, REQUEST),
    workerTimeoutMs: duration(values, 'WORKER_TIMEOUT', mistakes, WORKER),
    maxCachedWorkflows: count(values, 'MAX_CACHED_WORKFLOWS', mistakes),
    rolloutAtATime: count(values, 'ROLLOUT_AT_A_TIME', mistakes),
    clusterDomain: domain(values, mistakes),
    hostOverrides: values.HOST_OVERRIDES || undefined,
    settings: {
      ...DEFAULT_SETTINGS,
      deadlinesMs: {
        inputs: duration(values, 'DEADLINE_INPUTS', mistakes),
        database: duration(values, 'DEADLINE_DATABASE', mistakes),
        pods: duration(values, 'DEADLINE_PODS', mistakes),
      },
      resyncMs: duration(values, 'RESYNC_INTERVAL', mistakes),
    },
  };
  if (mistakes.found.length > 0) throw new ConfigError(mistakes.found);
  return config;
}
