// Stand-in for a PostgreSQL that lets everybody in: where pods are only declared ready there is no database, and the provisioner's login
// before a roll would find nobody. It follows the wire protocol 3.0 as far as one login and one query need it: SSLRequest answered with S,
// then TLS; AuthenticationOk without asking for the password; every query has the one answer `true`.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface PostgresStandIn {
  readonly port: number;
  close(): void;
}

const SSL_REQUEST = 80_877_103;
const TERMINATE = 'X';
const QUERY = 'Q';

/** One message: its type, its length with itself, its body. */
function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const READY = message('Z', 'I');
const WELCOME = Buffer.concat([message('R', int32(0)), READY]);
/** One column of type bool (oid 16, one byte), in text. */
const COLUMN = Buffer.concat([Buffer.from([0, 1]), Buffer.from('may\0'), int32(0), Buffer.from([0, 0]), int32(16), Buffer.from([0, 1]), int32(-1), Buffer.from([0, 0])]); // prettier-ignore
const ROW = Buffer.concat([Buffer.from([0, 1]), int32(1), Buffer.from('t')]);
const ANSWER = Buffer.concat([message('T', COLUMN), message('D', ROW), message('C', 'SELECT 1\0'), READY]);

/** Speaks with a client after its start message. */
function serve(socket: net.Socket): void {
  let begun = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    if (!begun) {
      begun = true;
      socket.write(WELCOME);
      return;
    }
    const type = String.fromCharCode(data[0] ?? 0);
    if (type === TERMINATE) socket.end();
    if (type === QUERY) socket.write(ANSWER);
  });
}

/**
 * Starts it on a free port.
 *
 * @param folder where its key and certificate are made
 */
export async function startPostgresStandIn(folder: string): Promise<PostgresStandIn> {
  const [keyFile, certFile] = [join(folder, 'postgres-stand-in.key'), join(folder, 'postgres-stand-in.crt')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  await execute('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', keyFile, '-out', certFile]); // prettier-ignore
  const secureContext = tls.createSecureContext({ key: readFileSync(keyFile), cert: readFileSync(certFile) });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => {
      if (data.length < 8 || data.readInt32BE(4) !== SSL_REQUEST) {
        socket.destroy();
        return;
      }
      socket.write('S');
      serve(new tls.TLSSocket(socket, { isServer: true, secureContext }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
