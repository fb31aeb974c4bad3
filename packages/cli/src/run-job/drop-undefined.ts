type Defined<Values> = { [Name in keyof Values]?: Exclude<Values[Name], undefined> };

/** Without the fields that nobody set. */
export function dropUndefined<Values extends object>(values: Values): Defined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<Values>;
}
