// Registers the search attributes, or finds out that it may not: they are decoration, and everything works without them.
import type { Client } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES, type SearchAttributeType } from '../../workflows/messages.ts';

export interface AttributesLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE: Readonly<Record<SearchAttributeType, number>> = { KEYWORD: 2, BOOL: 5 };
const AGAIN_MS = 60_000;
/** Every service of Temporal learns of a new attribute with its next refresh of namespaces. */
const SETTLE_MS = 3_000;

async function missing(client: Client, namespace: string): Promise<{ absent: string[]; wrong: string[] }> {
  const { customAttributes = {} } = await client.connection.operatorService.listSearchAttributes({ namespace });
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

/** One attempt; true when all attributes are registered with the right types and known to every service. */
async function ensure(client: Client, namespace: string, log: AttributesLog, signal: AbortSignal): Promise<boolean> {
  const { absent, wrong } = await missing(client, namespace);
  if (wrong.length > 0) {
    log.warn({ attributes: wrong }, 'search attributes have another type: workflows go without them');
    return false;
  }
  if (absent.length === 0) return true;
  await add(client, namespace, absent);
  await delay(SETTLE_MS, undefined, { signal });
  await client.workflow.count('DittoStage = "Ready" AND DittoReady = true');
  log.info({ attributes: absent }, 'registered search attributes');
  return true;
}

/**
 * Tries until the attributes are there, once a minute.
 *
 * @param signal ends the tries
 * @param done called once, when workflows may set the attributes
 */
export async function registerSearchAttributes(
  client: Client,
  { namespace, log, signal }: { readonly namespace: string; readonly log: AttributesLog; readonly signal: AbortSignal },
  done: () => void,
): Promise<void> {
  let warned = false;
  while (!signal.aborted) {
    const registered = await ensure(client, namespace, log, signal).catch(() => undefined);
    if (registered === true) return done();
    if (registered === undefined && !warned)
      log.warn({}, 'search attributes could not be registered yet: workflows go without them');
    warned = true;
    await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}
