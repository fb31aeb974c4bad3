export function dropInternalOptions(definition: string): string {
  return definition;
}
