// TLS in front of a plain server on loopback, for those who show a certificate of an authority that may be exchanged: what stands before
// Temporal in many companies, where the dev server speaks no TLS itself.
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

export interface TlsFrontOptions {
  /** PEM: its own certificate and key, and the authority of the clients' certificates. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface TlsFront {
  readonly port: number;
  /** From now on only certificates of this authority (PEM) are let in; connections that stand are cut. */
  trust(clientCa: string): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes what is in the TLS to `targetPort` there. */
export function startTlsFront(targetPort: number, { cert, key, clientCa }: TlsFrontOptions): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const hold = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    // The close that follows is all there is to do.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const options = { cert, key, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] };
  const server = createServer({ ...options, ca: clientCa }, (incoming) => {
    const outgoing = connect(targetPort, '127.0.0.1');
    hold(incoming, outgoing);
    hold(outgoing, incoming);
    incoming.pipe(outgoing).pipe(incoming);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve({
        port: bound !== null && typeof bound === 'object' ? bound.port : 0,
        trust(authority) {
          server.setSecureContext({ cert, key, ca: authority });
          cut();
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            cut();
          }),
      });
    });
  });
}
