// Registers the search attributes, or finds out that it may not: they are decoration, and everything works without them. A
// workflow that sets one that is not there fails its task, so they are watched over as long as the program runs: a Temporal that
// has lost its store has lost them too.
import type { Client } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { pause } from '../waiting.ts';
import { SEARCH_ATTRIBUTES, type SearchAttributeType } from '../../workflows/messages.ts';

export interface AttributesLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AttributesOptions {
  readonly namespace: string;
  readonly log: AttributesLog;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Whether workflows may set the attributes; `unknown` when Temporal cannot be asked or refuses to register them. */
type Standing = 'registered' | 'wrong-type' | 'unknown';

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE: Readonly<Record<SearchAttributeType, number>> = { KEYWORD: 2, BOOL: 5 };
/** How soon it is asked again. Soon while it cannot be asked: what comes back may be another Temporal. */
const AGAIN_MS: Readonly<Record<Standing, number>> = { registered: 10_000, 'wrong-type': 60_000, unknown: 1_000 };
const CALL_MS = 5_000;
/** Every service of Temporal learns of a new attribute with its next refresh of namespaces. */
const SETTLE_MS = 3_000;

async function missing(client: Client, namespace: string): Promise<{ absent: string[]; wrong: string[] }> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const entries = Object.entries(SEARCH_ATTRIBUTES);
  return {
    absent: entries.filter(([name]) => customAttributes[name] === undefined).map(([name]) => name),
    wrong: entries
      .filter(([name, type]) => (customAttributes[name] ?? INDEXED_VALUE_TYPE[type]) !== INDEXED_VALUE_TYPE[type])
      .map(([name]) => name),
  };
}

async function add(client: Client, namespace: string, names: readonly string[]): Promise<void> {
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES)
      .filter(([name]) => names.includes(name))
      .map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
  );
  await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

/**
 * One attempt: registers what is absent. It is done when the list of workflows can be filtered by it, which is asked as long as it
 * was not seen: on a busy machine that comes later than the wait. `lost` is called when something is absent. What stood before is
 * not said again.
 */
async function ensure(
  client: Client,
  { namespace, log, signal }: AttributesOptions,
  { before, lost }: { readonly before: Standing | undefined; readonly lost: () => void },
): Promise<Standing> {
  const inTime = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + CALL_MS, call);
  const { absent, wrong } = await inTime(() => missing(client, namespace));
  if (wrong.length > 0) {
    if (before !== 'wrong-type')
      log.warn({ attributes: wrong }, 'search attributes have another type: workflows go without them');
    return 'wrong-type';
  }
  if (absent.length > 0) {
    lost();
    await inTime(() => add(client, namespace, absent));
    await delay(SETTLE_MS, undefined, { signal });
    log.info({ attributes: absent }, 'registered search attributes');
  }
  if (absent.length > 0 || before !== 'registered')
    await inTime(() => client.workflow.count('DittoStage = "Ready" AND DittoReady = true'));
  return 'registered';
}

/**
 * Sees to it that the attributes are there, until the signal aborts.
 *
 * @param tell called with whether workflows may set the attributes, whenever that is found out
 */
export async function keepSearchAttributes(
  client: Client,
  options: AttributesOptions,
  tell: (registered: boolean) => void,
): Promise<void> {
  const { log, signal } = options;
  let before: Standing | undefined;
  while (!signal.aborted) {
    const standing: Standing = await ensure(client, options, { before, lost: () => tell(false) }).catch(
      () => 'unknown',
    );
    if (standing !== 'unknown') tell(standing === 'registered');
    else if (before === undefined)
      log.warn({}, 'search attributes could not be registered yet: workflows go without them');
    before = standing;
    await pause(AGAIN_MS[standing], signal);
  }
}
