/** Names and messages come from databases: none may move the cursor, or break a line into two. */
export function escapeControlCharacters(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** For messages that may have several lines of their own. */
export function escapeButNewlines(text: string): string {
  return text.split('\n').map(escapeControlCharacters).join('\n');
}
