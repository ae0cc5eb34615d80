// How Temporal is reached: its standard environment, and a client that connects when it is first used. Certificates and keys may be renewed
// on disk while the program runs.
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ConfigError } from './config.ts';

export interface TemporalAccess {
  /**
   * The settings as they are now, files read anew.
   *
   * @throws ConfigError when they cannot be read
   */
  readonly connection: () => NativeConnectionOptions;
  readonly namespace: string;
  readonly address: string;
  readonly client: Client;
  /**
   * From now on the client connects by these settings. Calls that are under way have a minute to end.
   *
   * @throws ConfigError when they do not fit each other, such as a certificate whose key is not there yet
   */
  readonly exchange: (options: NativeConnectionOptions) => void;
}

/** More than any call of ours takes. */
const LAST_CALLS_MS = 60_000;

/**
 * Reads TEMPORAL_* and the configuration file that they may name. Nothing is dialled: an engine that is down is waited for.
 *
 * @throws ConfigError when the settings cannot be read
 */
export function temporalAccess(): TemporalAccess {
  const { connectionOptions, namespace = 'default' } = loadOptions();
  const address = connectionOptions.address ?? 'localhost:7233';
  let current = connect(connectionOptions);
  // The SDK's client has one connection for life.
  const connection = new Proxy(current, {
    get(_, property) {
      const value: unknown = Reflect.get(current, property, current);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });
  return {
    connection: () => loadOptions().connectionOptions,
    namespace,
    address,
    client: new Client({ connection, namespace }),
    exchange(options) {
      const before = current;
      current = connect(options);
      setTimeout(() => void before.close(), LAST_CALLS_MS).unref();
    },
  };
}

function connect(options: NativeConnectionOptions): Connection {
  try {
    return Connection.lazy(options);
  } catch {
    throw new ConfigError([
      `TEMPORAL_ADDRESS is "${options.address ?? ''}": use host:port, for example localhost:7233; and the certificate of TEMPORAL_TLS_* must be that of the key`,
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
