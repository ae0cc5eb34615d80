// Stand-in for what goes wrong between the provisioner and a real API server: it passes calls on, counts them, and on command cuts, mutes,
// slows or spoils answers, or holds calls back. It follows these facts: an expired position is answered 200 with an ERROR event of code
// 410, or 410; a watch from a number in the future is answered 200 and ends empty and clean; a busy server says 429 with Retry-After;
// a request that a client gave up may still be carried out later by whoever holds it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Handler, type ProxiedCall, relay, startApiProxy, textOf } from './api-proxy.ts';
import {
  answerStatus,
  createOlderAnswers,
  deliver,
  JSON_TYPE,
  statusOf,
  strikeCall,
  type CallFault,
  type WholeAnswer,
} from './fault-proxy-calls-stand-in.ts';
import { createLedger, type LedgerEntry } from './fault-proxy-ledger-stand-in.ts';
import { createNumbers } from './fault-proxy-numbers-stand-in.ts';
import { pause } from './wait-for.ts';
import type { Workspace } from './workspace.ts';

/** `list` and `watch`: of all objects of a kind. What belongs to one DittoServer is read, also where it is more than one object. */
export type CallKind = 'list' | 'watch' | 'read' | 'write';

export interface FaultyCall extends ProxiedCall {
  readonly kind: CallKind;
  /** Plural, such as `statefulsets`. */
  readonly resource: string;
}

export type Fault =
  /** Only the n-th call that matches is hit, or all. */
  | (CallFault & { readonly nth?: number })
  /** Each read tells a version one read later than it could, if the proxy remembers (`remembers`). */
  | { readonly does: 'lag' }
  /** Events whose line matches are not told. */
  | { readonly does: 'drop'; readonly lines: RegExp }
  /** Watches are cut off after so many events. */
  | { readonly does: 'cut'; readonly afterEvents: number }
  /** Watches are told that their position is too old. */
  | { readonly does: 'expire'; readonly as: 'event' | 'status' }
  /** A line that is no JSON, in each watch that is open or begins. */
  | { readonly does: 'garbage' }
  /** Watches stay open, and nothing comes any more, no bookmark either. */
  | { readonly does: 'mute' }
  /** Answers trickle: so many bytes at once, at most. */
  | { readonly does: 'drip'; readonly bytes: number; readonly everyMs: number }
  | { readonly does: 'throttle'; readonly retryAfterSeconds: number }
  /** Calls are accepted and not answered; `end('release')` carries them out, whether or not anybody waits for the answer. */
  | { readonly does: 'hold' };

export interface RunningFault {
  /** How many calls or streams it has hit. */
  hits(): number;
  /** Ends it. Calls that it holds are dropped, unless they are to be released; resolves when those are answered. */
  end(how?: 'release'): Promise<readonly number[]>;
}

export type Counts = Readonly<Record<CallKind | 'refused', number>>;

export interface FaultProxyStandIn {
  /** A kubeconfig of the same user that leads through the proxy. */
  readonly kubeconfig: string;
  /** Begins a fault for calls that match, and for watches that are open. */
  begin(fault: Fault, matches?: (call: FaultyCall) => boolean): RunningFault;
  /** Calls since the start, or since a time (epoch ms); `refused` are those that were answered 401. */
  counts(sinceMs?: number): Counts;
  /** Every write that was passed on, and what became of it; only if it was started with a ledger. */
  writes(): readonly LedgerEntry[];
  /** Every call so far, in order. */
  calls(): readonly (Pick<FaultyCall, 'kind' | 'resource' | 'path' | 'method'> & { readonly atMs: number })[];
  /** From now on only this bearer token is accepted, in place of the user's real one. */
  requireToken(token: string): void;
  /** The numbers of all objects go back, as after a restore of the store from a backup, if it was started with them ahead. */
  rewind(): void;
}

export interface FaultProxyOptions {
  /** The way to the real API server. */
  readonly kubeconfig: string;
  /** The provisioner authenticates by a file with a token, as `requireToken` says. */
  readonly tokenFile?: string;
  /** All numbers are told higher than they are, until `rewind`. */
  readonly numbersAhead?: true;
  /** Answers to reads are kept, and writes are booked: both cost time. A write that was sent is then carried out in any case. */
  readonly remembers?: true;
}

interface Rule {
  readonly fault: Fault;
  readonly matches: (call: FaultyCall) => boolean;
  /** How many calls it has met, for a fault of the n-th. */
  met: number;
  readonly held: Set<(what: 'release' | 'drop') => Promise<number>>;
  hits: number;
}

interface Stream {
  readonly call: FaultyCall;
  readonly answer: ServerResponse;
  events: number;
  /** What it did not tell it will not tell later either, whatever has ended meanwhile. */
  mute: boolean;
  readonly hitBy: Set<Rule>;
}

/** Faults of streams that are open. */
const ON_STREAMS: readonly Fault['does'][] = ['garbage', 'mute', 'drip'];

/** Starts it in front of the server that the kubeconfig names; it ends with the workspace. */
export async function startFaultProxyStandIn(
  workspace: Workspace,
  options: FaultProxyOptions,
): Promise<FaultProxyStandIn> {
  const rules = new Set<Rule>();
  const streams = new Set<Stream>();
  const log: { kind: CallKind; resource: string; path: string; method: string; atMs: number; refused: boolean }[] = [];
  const ledger = createLedger();
  const olderAnswers = createOlderAnswers();
  const numbers = createNumbers(options.numbersAhead === true);
  const real = realAuthorization(options.kubeconfig);
  let token: string | undefined;

  const ruleFor = (call: FaultyCall, ...does: readonly Fault['does'][]): Rule | undefined =>
    [...rules].find((rule) => does.includes(rule.fault.does) && rule.matches(call));

  /** What a fault does to a stream that is open, whether or not anything comes. */
  const strike = (rule: Rule, stream: Stream): void => {
    if (!rule.matches(stream.call)) return;
    const { fault } = rule;
    const isDue = fault.does === 'cut' ? stream.events >= fault.afterEvents : ON_STREAMS.includes(fault.does);
    if (!isDue || stream.hitBy.has(rule)) return;
    stream.hitBy.add(rule);
    rule.hits += 1;
    if (fault.does === 'garbage') stream.answer.write('this is no event\n');
    if (fault.does === 'mute') stream.mute = true;
    if (fault.does === 'cut') stream.answer.destroy();
  };

  const send = async (call: FaultyCall, answer: ServerResponse, text: string): Promise<void> => {
    const drip = ruleFor(call, 'drip')?.fault;
    if (drip?.does !== 'drip') {
      answer.write(text);
      return;
    }
    for (let at = 0; at < text.length && !answer.destroyed; at += drip.bytes) {
      answer.write(text.slice(at, at + drip.bytes));
      await pause(drip.everyMs);
    }
  };

  const isDropped = (call: FaultyCall, line: string): boolean => {
    const rule = ruleFor(call, 'drop');
    const dropped = rule?.fault.does === 'drop' && rule.fault.lines.test(line);
    if (rule && dropped) rule.hits += 1;
    return dropped;
  };

  const relayWatch = async (call: FaultyCall, from: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const stream: Stream = { call, answer, events: 0, mute: false, hitBy: new Set() };
    answer.writeHead(from.statusCode ?? 502, from.headers);
    answer.flushHeaders();
    streams.add(stream);
    answer.once('close', () => streams.delete(stream));
    for (const rule of rules) strike(rule, stream);
    const lines = createInterface({ input: from });
    // It ends by being given up.
    for (const emitter of [from, lines]) emitter.on('error', () => answer.destroy());
    for await (const line of lines) {
      if (answer.destroyed) return;
      if (stream.mute || isDropped(call, line)) continue;
      await send(call, answer, `${numbers.toClient(line)}\n`);
      stream.events += 1;
      for (const rule of rules) strike(rule, stream);
    }
    answer.end();
  };

  /** Holds a call until its fault ends. */
  const hold = (rule: Rule, call: FaultyCall, answer: ServerResponse, pass: Parameters<Handler>[2]): void => {
    rule.held.add(async (what) => {
      if (what === 'drop') {
        answer.destroy();
        return 0;
      }
      const answered = await pass(call, 'outlives');
      const text = await textOf(answered);
      if (!answer.destroyed) answer.writeHead(answered.statusCode ?? 502, answered.headers).end(text);
      return answered.statusCode ?? 0;
    });
  };

  const relayWhole = async (call: FaultyCall, from: IncomingMessage, answer: ServerResponse): Promise<void> => {
    if (!numbers.areAhead() && !ruleFor(call, 'drip')) {
      relay(from, answer);
      return;
    }
    const text = numbers.toClient(await textOf(from));
    answer.writeHead(from.statusCode ?? 502, JSON_TYPE);
    await send(call, answer, text);
    answer.end();
  };

  /** The fault of this very call, if its turn has come. */
  const faultOfOne = (call: FaultyCall): CallFault | undefined => {
    for (const rule of rules) {
      const { fault } = rule;
      if ((fault.does !== 'refuse' && fault.does !== 'cut-off' && fault.does !== 'delay') || !rule.matches(call))
        continue;
      rule.met += 1;
      if (fault.nth !== undefined && fault.nth !== rule.met) continue;
      rule.hits += 1;
      return fault;
    }
    return undefined;
  };

  const lagged = (call: FaultyCall, fresh: WholeAnswer): WholeAnswer => {
    const older = olderAnswers.lag(call, fresh);
    const rule = older === fresh ? undefined : ruleFor(call, 'lag');
    if (rule) rule.hits += 1;
    return rule ? older : fresh;
  };

  /** Read to its end before anything is told, and carried out whoever gives up: so what became of it is known. */
  const serveWhole = async (
    call: FaultyCall,
    answer: ServerResponse,
    pass: Parameters<Handler>[2],
    fault: CallFault | undefined,
  ): Promise<void> => {
    const send = async (one: ProxiedCall): Promise<WholeAnswer> => {
      const from = await pass(one, 'outlives');
      return { code: from.statusCode ?? 502, headers: from.headers, text: await textOf(from) };
    };
    const real = withReal(call);
    const carryOut = (): Promise<WholeAnswer> => (call.kind === 'write' ? ledger.book(real, send) : send(real));
    if (fault) await strikeCall(fault, answer, carryOut);
    else if (call.kind === 'write') deliver(answer, await carryOut());
    else deliver(answer, lagged(call, await carryOut()));
  };

  /** Answers what is not to be passed on, or not now; false where it is to be. */
  const isKept = (call: FaultyCall, answer: ServerResponse, pass: Parameters<Handler>[2]): boolean => {
    const rule = ruleFor(call, 'throttle', 'hold', ...(call.kind === 'watch' ? (['expire'] as const) : []));
    if (rule) {
      rule.hits += 1;
      if (rule.fault.does === 'hold') hold(rule, withReal(call), answer, pass);
      else refuse(rule.fault, answer);
      return true;
    }
    const isFuture = call.kind === 'watch' && numbers.isFuture(call.path);
    if (isFuture) endEmpty(call, answer);
    return isFuture;
  };

  /** Whether it bears the token that is required, if any. */
  const isLetIn = (call: FaultyCall): boolean => {
    const refused = token !== undefined && call.headers.authorization !== `Bearer ${token}`;
    const { kind, resource, path, method } = call;
    log.push({ kind, resource, path, method, atMs: Date.now(), refused });
    return !refused;
  };

  const serve: Handler = async (received, answer, pass) => {
    const call: FaultyCall = { ...received, ...kindOf(received) };
    if (!isLetIn(call)) {
      answerStatus(answer, 401, { reason: 'Unauthorized' });
      return;
    }
    if (isKept(call, answer, pass)) return;
    const fault = call.kind === 'watch' ? undefined : faultOfOne(call);
    if (fault ?? (options.remembers && call.kind !== 'watch')) {
      await serveWhole(call, answer, pass, fault);
      return;
    }
    const from = await pass(numbers.toServer(withReal(call)));
    if (call.kind === 'watch' && from.statusCode === 200) await relayWatch(call, from, answer);
    else await relayWhole(call, from, answer);
  };
  const withReal = (call: FaultyCall): FaultyCall => ({ ...call, headers: { ...call.headers, authorization: real } });

  const user = options.tokenFile === undefined ? {} : { user: { tokenFile: options.tokenFile } };
  const proxy = await startApiProxy(
    workspace,
    { name: 'fault-proxy-stand-in', kubeconfig: options.kubeconfig, ...user },
    serve,
  );
  return {
    kubeconfig: proxy.kubeconfig,
    begin(fault, matches = () => true) {
      const rule: Rule = { fault, matches, held: new Set(), met: 0, hits: 0 };
      rules.add(rule);
      for (const stream of streams) strike(rule, stream);
      return {
        hits: () => rule.hits,
        end(how) {
          rules.delete(rule);
          return Promise.all([...rule.held].map((release) => release(how ?? 'drop')));
        },
      };
    },
    counts(sinceMs = 0) {
      const since = log.filter(({ atMs }) => atMs >= sinceMs);
      const of = (kind: CallKind): number => since.filter((call) => call.kind === kind).length;
      const refused = since.filter((call) => call.refused).length;
      return { list: of('list'), watch: of('watch'), read: of('read'), write: of('write'), refused };
    },
    writes: () => ledger.entries(),
    calls: () => log,
    requireToken: (wanted) => void (token = wanted),
    rewind() {
      numbers.rewind();
      for (const { answer } of streams) answer.end();
    },
  };
}

/** In the selectors of what belongs to one DittoServer, or may belong to it. */
const OF_ONE = /\binstance=|\binvolvedObject\.name=|\/cluster=|!postgres-operator/;

/** What a call asks for; a collection is listed, an object is read. */
function kindOf({ method, path }: ProxiedCall): Pick<FaultyCall, 'kind' | 'resource'> {
  const { pathname, searchParams } = new URL(path, 'http://proxy');
  const [, resource = '', name] = /^\/api(?:s\/[^/]+)?\/[^/]+(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/([^/]+))?/.exec(pathname) ?? []; // prettier-ignore
  if (method !== 'GET') return { kind: 'write', resource };
  if (searchParams.get('watch') === 'true') return { kind: 'watch', resource };
  const selectors = [searchParams.get('labelSelector'), searchParams.get('fieldSelector')].join();
  return { kind: name === undefined && !OF_ONE.test(selectors) ? 'list' : 'read', resource };
}

function refuse(fault: Fault, answer: ServerResponse): void {
  const expired = { reason: 'Expired', message: 'too old resource version' };
  if (fault.does === 'expire' && fault.as === 'status') answerStatus(answer, 410, expired);
  else if (fault.does === 'expire')
    answer.writeHead(200, JSON_TYPE).end(`${JSON.stringify({ type: 'ERROR', object: statusOf(410, expired) })}\n`);
  else if (fault.does === 'throttle')
    answerStatus(answer, 429, { reason: 'TooManyRequests' }, { 'retry-after': String(fault.retryAfterSeconds) });
}

/** Open and silent until its time is up, then a clean end. */
function endEmpty({ path }: FaultyCall, answer: ServerResponse): void {
  const seconds = Number(new URL(path, 'http://proxy').searchParams.get('timeoutSeconds') ?? 0);
  answer.writeHead(200, JSON_TYPE).flushHeaders();
  const timer = setTimeout(() => answer.end(), seconds * 1_000);
  answer.once('close', () => clearTimeout(timer));
}

/** As the kit's kubeconfigs give it. */
function realAuthorization(kubeconfig: string): string {
  const { users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { users: readonly [{ user: { token: string } }] };
  return `Bearer ${users[0].user.token}`;
}
