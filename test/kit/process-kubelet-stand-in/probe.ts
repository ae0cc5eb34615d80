// One probe of a container, sent from the node as a kubelet does: HTTP (any status from 200 to 399), HTTPS without looking at the
// certificate, a TCP connection, or a command in the container.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ContainerProcess } from './container-process.ts';
import type { Handler, RunnableContainer } from './pod-types.ts';
import { portNumber } from './pod-types.ts';

export interface ProbeTarget {
  readonly address: string;
  readonly container: RunnableContainer;
  readonly process: ContainerProcess;
}

/** Whether the container answers as wanted within `timeoutMs`. Never throws. */
export function probeOnce(handler: Handler, target: ProbeTarget, timeoutMs: number): Promise<boolean> {
  if (handler.exec) {
    return target.process.execute(handler.exec.command, { timeoutMs }).then(({ exitCode }) => exitCode === 0);
  }
  if (handler.httpGet) return probeHttp(handler.httpGet, target, timeoutMs);
  if (handler.tcpSocket) return probeTcp(portNumber(handler.tcpSocket.port, target.container), target, timeoutMs);
  return Promise.resolve(true);
}

function probeHttp(
  { path = '/', port, scheme = 'HTTP', httpHeaders = [] }: NonNullable<Handler['httpGet']>,
  { address, container }: ProbeTarget,
  timeoutMs: number,
): Promise<boolean> {
  const send = scheme === 'HTTPS' ? httpsRequest : httpRequest;
  const headers = Object.fromEntries([
    ['user-agent', 'kube-probe/1.36'],
    ...httpHeaders.map(({ name, value }) => [name, value]),
  ]) as Record<string, string>;
  return new Promise((resolve) => {
    const options = {
      host: address,
      port: portNumber(port, container),
      path,
      headers,
      agent: false,
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const call = send(options, (answer) => {
      const { statusCode = 0 } = answer;
      resolve(statusCode >= 200 && statusCode < 400);
      answer.destroy();
    });
    call.once('error', () => resolve(false));
    call.end();
  });
}

function probeTcp(port: number, { address }: ProbeTarget, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
