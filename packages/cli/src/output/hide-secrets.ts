/**
 * A guard for text that others wrote: the credentials of anything that looks like a URL, and the value of
 * anything that is called a password or a key.
 */
export function hideSecrets(text: string): string {
  return text
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:'"]*:[^\s'"]*@/gi, '$1***@')
    .replaceAll(
      /((?:password|passwd|pwd|api[-_]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&,;}]+)/gi,
      '$1***',
    );
}
