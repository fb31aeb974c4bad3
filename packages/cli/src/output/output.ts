/**
 * Where text goes: results to standard output, all else to standard error. While a live display owns the terminal,
 * lines for standard error are handed to it, so that they appear above it.
 */
import pc from 'picocolors';
import type { CliDeps, OutputStream } from '../cli-deps.ts';
import type { Settings } from '../options/settings.ts';
import { escapeButNewlines } from './escape-control-characters.ts';

export type Colors = ReturnType<typeof pc.createColors>;

type OutputDeps = Pick<CliDeps, 'stdout' | 'stderr' | 'env'>;

export class Output {
  /** For what goes to standard output. */
  readonly colors: Colors;
  readonly isQuiet: boolean;
  readonly isJson: boolean;
  readonly #deps: OutputDeps;
  readonly #errorColors: Colors;
  #display: ((line: string) => void) | null = null;

  constructor(deps: OutputDeps, settings: Settings) {
    const wantsColor = settings['no-color'] !== true && (deps.env['NO_COLOR'] ?? '') === '';
    const hasColor = ({ isTTY }: OutputStream): boolean =>
      wantsColor && isTTY === true && deps.env['TERM'] !== 'dumb';
    this.#deps = deps;
    this.colors = pc.createColors(hasColor(deps.stdout));
    this.#errorColors = pc.createColors(hasColor(deps.stderr));
    this.isQuiet = settings.quiet === true;
    this.isJson = settings.json === true;
  }

  get columns(): number {
    return this.#deps.stdout.columns ?? 110;
  }

  printResult(text: string): void {
    this.#deps.stdout.write(`${text}\n`);
  }

  /** On one line, so that documents can be told apart where there are several. */
  printDocument(document: object): void {
    this.printResult(JSON.stringify(document));
  }

  note(line: string): void {
    if (!this.isQuiet) this.#writeError(line);
  }

  warn(message: string): void {
    this.#writeError(`${this.#errorColors.yellow('Warning:')} ${escapeButNewlines(message)}`);
  }

  error(message: string, code: string): void {
    const { red, dim } = this.#errorColors;
    this.#writeError(`${red('Error:')} ${escapeButNewlines(message)} ${dim(`(${code})`)}`);
  }

  log(level: string, line: string): void {
    this.#writeError(`${this.#errorColors.dim(level)} ${line}`);
  }

  /** Hands lines for standard error to a display until the returned function is called. */
  writeThrough(display: (line: string) => void): () => void {
    this.#display = display;
    return () => {
      this.#display = null;
    };
  }

  #writeError(line: string): void {
    if (this.#display === null) this.#deps.stderr.write(`${line}\n`);
    else this.#display(`${line}\n`);
  }
}
