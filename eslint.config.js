import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may know whom: the table in docs/architecture.md. Tests may also use the local servers. */
const forbiddenImports = {
  'job-models': [
    'pg',
    'pg-*',
    '@aws-sdk/*',
    'node:fs',
    'node:fs/*',
    'node:net',
    'node:http',
    '@seren-replicator/*',
  ],
  replication: ['@aws-sdk/*', 'node:http', 'node:https', 'hono', 'yargs', 'ky'],
  'job-store': ['@aws-sdk/client-ec2', '@aws-sdk/client-kms', 'pg', 'hono', 'node:http'],
  reach: ['pg', 'hono', '@aws-sdk/*', '@seren-replicator/replication', '@seren-replicator/job-store'],
  sealing: ['pg', 'hono', '@aws-sdk/client-dynamodb', '@aws-sdk/client-ec2'],
  coordinator: ['pg', 'pg-*', '@seren-replicator/replication'],
  worker: ['hono', 'ky', '@seren-replicator/coordinator'],
  cli: [
    '@aws-sdk/*',
    '@seren-replicator/job-store',
    '@seren-replicator/coordinator',
    '@seren-replicator/worker',
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/.types/', '**/node_modules/', '.toolchain/', '.dev-stack/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off',
    },
  },
  ...Object.entries(forbiddenImports).map(([name, group]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group, message: 'See "who knows whom" in docs/architecture.md.' }] },
      ],
    },
  })),
  {
    files: ['packages/{replication,job-models,job-store,sealing}/src/**/*.ts'],
    // The embedded pg_dump is a program of its own, run by the same Node.js.
    ignores: ['**/*.test.ts', '**/embedded-pg-dump.ts', '**/embedded-pg-dump-program.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Only entry points read the process.' }],
      'no-console': 'error',
    },
  },
  {
    files: ['*.config.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-exports': 'off' },
  },
);
