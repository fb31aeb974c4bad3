/** Whether this is the system's error of that code. Without `instanceof`, which fails across jest's realms. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
