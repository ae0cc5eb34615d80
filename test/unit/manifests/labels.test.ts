// What children carry of their DittoServer, and what they do not.
import { EXAMPLES, dittoServer, renderAll } from './examples.ts';

test.each(Object.entries(EXAMPLES))(
  'labels and annotations of the DittoServer are not copied to children (I1): %s',
  (_, server) => {
    const marked = {
      ...server,
      metadata: {
        ...server.metadata,
        labels: { 'app.kubernetes.io/instance': 'argo', 'helm.sh/chart': 'x' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'y' },
      },
    };
    expect(renderAll(marked)).toEqual(renderAll(server));
  },
);

test('servers whose names extend each other share no name of a child and no selector (V5)', () => {
  const names = ['a', 'a-postgres', 'a-api', 'a-metrics', 'a-headless'];
  const children = names.flatMap((name) =>
    renderAll(dittoServer({ storage: { metadataSize: '1Gi' }, percona: { enabled: true } }, { name })),
  );
  const keys = children.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(new Set(keys).size).toBe(keys.length);
});
