// The DittoFS stand-in behind a port, for clients in other processes and for what only a network does.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDittoFsStandIn, type DittoFsStandIn } from './dittofs-stand-in.ts';

export interface ServedStandIn extends DittoFsStandIn {
  readonly port: number;
  close(): Promise<void>;
}

/** The stand-in behind a port of this machine; all servers share it, told apart by their Host header. */
export async function serveDittoFsStandIn(): Promise<ServedStandIn> {
  const standIn = createDittoFsStandIn();
  const listener = http.createServer((request, response) => {
    void respond(standIn, request, response);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    ...standIn,
    port: (listener.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      }),
  };
}

async function respond(
  standIn: DittoFsStandIn,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const givenUp = new AbortController();
  response.once('close', () => givenUp.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const sent = Buffer.concat(chunks).toString();
  const { status, contentType, body } = await standIn.answer({
    host: (request.headers.host ?? '').replace(/:\d+$/, ''),
    method: request.method ?? '',
    path: request.url ?? '',
    token: request.headers.authorization?.replace(/^Bearer /, ''),
    body: sent === '' ? undefined : (JSON.parse(sent) as unknown),
    signal: givenUp.signal,
  });
  response.writeHead(status, contentType === '' ? {} : { 'content-type': contentType });
  response.end(body);
}
