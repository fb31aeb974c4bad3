/** What means yes and no, wherever an option is set. */
export const booleanWords: ReadonlyMap<unknown, boolean> = new Map([
  ...[true, 'true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...[false, 'false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);
