// How a CPU profile is summed up.
import { packageOf, selfTime } from '../../bench/profile.ts';

test.each([
  ['file:///a/node_modules/@temporalio/worker/lib/vm.js', '@temporalio/worker'],
  ['file:///a/node_modules/x/node_modules/protobufjs/src/reader.js', 'protobufjs'],
  ['node:internal/streams/writable', 'node:internal/streams'],
  ['node:_http_client', 'node:_http_client'],
  ['file:///a/dist/src/kube/request.js', 'src/kube'],
  ['file:///a/dist/workflow-bundle.js', 'workflow-bundle.js'],
  ['', ''],
])('code of %s belongs to %s', (url, name) => {
  expect(packageOf(url)).toBe(name);
});

test('time goes to the function on top, a native one counts for its caller, and waiting is left out', () => {
  const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 6 });
  const { totalMs, byPackage, byFunction } = selfTime({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 5] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('send', 'file:///a/dist/src/kube/request.js'), children: [4] },
      { id: 4, callFrame: frame('writeUtf8String') },
      { id: 5, callFrame: frame('(garbage collector)') },
    ],
    samples: [2, 3, 4, 4, 5],
    timeDeltas: [0, 9_000, 1_000, 2_000, 3_000],
  });
  expect(totalMs).toBe(6);
  expect(byPackage).toEqual([['src/kube', 6], ['(garbage collector)', 0]]); // prettier-ignore
  expect(byFunction.slice(0, 2)).toEqual([
    ['writeUtf8String [src/kube]', 5],
    ['send [src/kube] request.js:7', 1],
  ]);
});
