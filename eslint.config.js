// Limits are executed, not preached: type-aware rules, complexity, and the import boundaries between the rooms.
import tseslint from 'typescript-eslint';

const rooms = [
  'api',
  'manifests',
  'requirements',
  'kube',
  'dittofs',
  'postgres',
  'watcher',
  'worker',
  'workflows',
  'activities',
];

/** Which rooms a room may import from, besides itself; docs/architecture.md draws the same picture. */
const mayImport = {
  'src/api': [],
  'src/manifests': ['api'],
  'src/requirements': ['api'],
  'src/kube': ['api'],
  'src/dittofs': ['api'],
  'src/postgres': [],
  'src/watcher': ['api', 'kube', 'dittofs', 'workflows/messages'],
  'src/worker': ['api', 'kube', 'activities', 'workflows/messages'],
  workflows: [],
  activities: ['api', 'manifests', 'requirements', 'kube', 'dittofs', 'postgres'],
};

function boundary([folder, allowed]) {
  const own = folder.split('/').pop();
  const whole = allowed.filter((room) => !room.includes('/'));
  const parts = allowed.filter((room) => room.includes('/')).map((room) => room.split('/'));
  const forbidden = rooms.filter((room) => room !== own && !whole.includes(room));
  const regex = forbidden
    .map((room) => {
      const except = parts.filter(([of]) => of === room).map(([, file]) => `/${file}\\.ts`);
      return except.length > 0 ? `${room}(?!${except.join('|')})` : `${room}(?=/)`;
    })
    .join('|');
  const message = `${folder} may import only from ${['itself', ...allowed].join(', ')} (docs/architecture.md, rooms).`;
  return {
    files: [`${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^(\\.\\./)+(src/)?(${regex})`, message, allowTypeImports: folder === 'workflows' }] },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/api/generated/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.js'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 400 }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what is exported.' },
        { selector: 'TSEnumDeclaration', message: 'Use an object `as const`.' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...Object.entries(mayImport).map(boundary),
  { files: ['*.js'], ...tseslint.configs.disableTypeChecked },
  { files: ['*.js'], rules: { 'no-restricted-syntax': 'off' } },
);
