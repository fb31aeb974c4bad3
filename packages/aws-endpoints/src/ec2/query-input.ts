/** Fields of a query request such as `Filter.1.Value.2`, read as lists. */

export type QueryInput = Readonly<Record<string, unknown>>;

export function textOf(input: QueryInput, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

/** The fields below `name.1`, `name.2`, … */
export function listOf(input: QueryInput, name: string): QueryInput[] {
  const entries: QueryInput[] = [];
  for (let index = 1; ; index += 1) {
    const prefix = `${name}.${index}`;
    const fields = Object.entries(input).flatMap(([key, value]): [string, unknown][] => {
      if (key === prefix) return [['', value]];
      return key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), value]] : [];
    });
    if (fields.length === 0) return entries;
    entries.push(Object.fromEntries(fields));
  }
}

/** The values of `name.1`, `name.2`, … */
export function textsOf(input: QueryInput, name: string): string[] {
  return listOf(input, name).flatMap((entry) => textOf(entry, '') ?? []);
}
