// Where to connect for a host name, when a file says so.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostOverrides } from '../../src/hosts.ts';
import { waitFor } from '../kit/wait-for.ts';

const folder = mkdtempSync(join(tmpdir(), 'hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'hosts.json');

test('an exact name wins, then the longest suffix; what is not in it is looked up', () => {
  writeFileSync(
    file,
    JSON.stringify({
      'a-api.prod.svc.cluster.local': '10.0.0.1',
      '*.prod.svc.cluster.local': '10.0.0.2:18080',
      '*.svc.cluster.local': '10.0.0.3',
    }),
  );
  const route = hostOverrides(file);
  expect(route('a-api.prod.svc.cluster.local', 8080)).toEqual({ host: '10.0.0.1', port: 8080 });
  expect(route('b-api.prod.svc.cluster.local', 8080)).toEqual({ host: '10.0.0.2', port: 18080 });
  expect(route('c-api.dev.svc.cluster.local', 8080)).toEqual({ host: '10.0.0.3', port: 8080 });
  expect(route('example.org', 443)).toEqual({ host: 'example.org', port: 443 });
});

test('a file that comes later, changes or goes is noticed; half a file changes nothing', async () => {
  const late = join(folder, 'late.json');
  const route = hostOverrides(late);
  const where = (): string => route('a', 1).host;
  const becomes = (host: string): Promise<unknown> =>
    waitFor(`the address ${host}`, () => where() === host, { timeoutMs: 20_000, everyMs: 50 });
  expect(where()).toBe('a');
  writeFileSync(late, '{"a":"10.0.0.1"}');
  await becomes('10.0.0.1');
  writeFileSync(late, '{"a":"10.0');
  writeFileSync(join(folder, 'other.json'), '{}');
  expect(where()).toBe('10.0.0.1');
  writeFileSync(late, '{"a":"10.0.0.22"}');
  await becomes('10.0.0.22');
  rmSync(late);
  await becomes('a');
});
