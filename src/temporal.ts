// How Temporal is reached: its standard environment, and a client that connects when it is first used.
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ConfigError } from './config.ts';

export interface TemporalAccess {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly address: string;
  readonly client: Client;
}

/**
 * Reads TEMPORAL_* and the configuration file that they may name. Nothing is dialled: an engine that is down is waited for.
 *
 * @throws ConfigError when the settings cannot be read
 */
export function temporalAccess(): TemporalAccess {
  const config = loadOptions();
  const { connectionOptions, namespace = 'default' } = config;
  const address = connectionOptions.address ?? 'localhost:7233';
  return { connection: connectionOptions, namespace, address, client: clientFor(connectionOptions, namespace) };
}

function clientFor(options: NativeConnectionOptions, namespace: string): Client {
  try {
    return new Client({ connection: Connection.lazy(options), namespace });
  } catch {
    throw new ConfigError([
      `TEMPORAL_ADDRESS is "${options.address ?? ''}": use host:port, for example localhost:7233`,
    ]);
  }
}

function loadOptions(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch {
    throw new ConfigError([
      'the TEMPORAL_* variables, or the file that TEMPORAL_CONFIG_FILE names, cannot be read: check their form',
    ]);
  }
}
