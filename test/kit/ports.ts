// TCP ports: free ones on loopback for the parts of a cluster, and whether somebody listens on one.
import { connect, createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const given = new Set<number>();

/**
 * A port on 127.0.0.1 that is free now. Chosen at random below Linux's ephemeral range (which starts at 32768), so that
 * neither an outgoing connection nor a second cluster on this machine is likely to take it before it is used.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error('No free TCP port found between 20000 and 32000 on 127.0.0.1.');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Whether somebody takes a connection there within `timeoutMs`. */
export function isOpen(host: string, port: number, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
