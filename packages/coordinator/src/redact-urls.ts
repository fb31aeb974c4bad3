/** Whatever stands before the host of a connection URL, and what its parameters say. */
const CREDENTIALS = /(postgres(?:ql)?:\/\/)[^@\s"']*@/gi;
const PARAMETERS = /(postgres(?:ql)?:\/\/[^?\s"']*)\?[^\s"']*/gi;

/** The last line of defence for logs and answers: nothing is meant to show a URL. */
export function redactUrls(text: string): string {
  return text.replaceAll(CREDENTIALS, '$1***@').replaceAll(PARAMETERS, '$1?***');
}
