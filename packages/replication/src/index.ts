export { measureSource, type DatabaseSize } from './estimate/measure-source.ts';
export type { CommandOutcome, EngineDeps, EngineLog, JobIdentity, ResolveHost } from './engine.ts';
export { runCommand } from './run-command.ts';
export { UNDO_DEADLINE_MS } from './cutover/undo-cutover.ts';
