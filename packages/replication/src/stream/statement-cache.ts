/** Statements that the target's session knows by name: prepared when first needed, the longest unused forgotten. */
import type { FollowedRelation } from './followed-relation.ts';
import type { Pipeline } from './pipeline.ts';
import type { Shape } from './statement.ts';

const MAX_STATEMENTS = 400;
/** A plan that was made for a small table is wrong for the large one that it has become. */
const MAX_AGE_MS = 60_000;

type Names = Pick<Pipeline<never>, 'prepare' | 'forget'>;

interface Prepared {
  name: string;
  nameBytes: Buffer;
  preparedAt: number;
}

export class StatementCache {
  readonly #pipeline: Names;
  readonly #byShape = new Map<Shape, (Prepared | undefined)[]>();
  readonly #used = new Map<Prepared, { shape: Shape; rows: number }>();
  #count = 0;

  constructor(pipeline: Names) {
    this.#pipeline = pipeline;
  }

  /** The name of the statement that writes a number of rows of a shape. */
  nameOf(shape: Shape, rows: number): Buffer {
    const sizes = this.#byShape.get(shape) ?? [];
    let prepared = sizes[rows];
    if (prepared !== undefined && performance.now() - prepared.preparedAt > MAX_AGE_MS) {
      this.#forget(prepared);
      prepared = undefined;
    }
    if (prepared === undefined) {
      prepared = this.#prepare(shape, rows);
      sizes[rows] = prepared;
      // To forget the last one that is prepared is to forget the shape.
      this.#byShape.set(shape, sizes);
    } else this.#used.delete(prepared);
    this.#used.set(prepared, { shape, rows });
    return prepared.nameBytes;
  }

  /** A table looks different from now on. */
  forgetTable({ shapes }: FollowedRelation): void {
    for (const shape of shapes.values()) {
      for (const prepared of this.#byShape.get(shape) ?? [])
        if (prepared !== undefined) this.#forget(prepared);
    }
  }

  #prepare(shape: Shape, rows: number): Prepared {
    const oldest = this.#used.keys().next();
    if (this.#used.size >= MAX_STATEMENTS && oldest.done !== true) this.#forget(oldest.value);
    this.#count += 1;
    const name = `s${this.#count}`;
    this.#pipeline.prepare({ name, sql: shape.sqlFor(rows) });
    return { name, nameBytes: Buffer.from(`${name}\0`), preparedAt: performance.now() };
  }

  #forget(prepared: Prepared): void {
    const use = this.#used.get(prepared);
    this.#used.delete(prepared);
    if (use !== undefined) {
      const sizes = this.#byShape.get(use.shape);
      if (sizes !== undefined) sizes[use.rows] = undefined;
      if (sizes?.every((other) => other === undefined) === true) this.#byShape.delete(use.shape);
    }
    this.#pipeline.forget(prepared.name);
  }
}
