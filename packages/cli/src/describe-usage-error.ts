const HINT = 'See: seren-replicator --help';

/** What people call commands and options. Anything else may be a URL, a key or a password, and is not repeated. */
const PLAIN_NAME = /^[a-z][a-z-]{0,30}$/i;

/** Makes one sentence of a message of yargs, without any value that was given. */
export function describeUsageError(message: string, args: readonly string[]): string {
  return `${describe(message.replaceAll(/\s+/g, ' ').trim(), args)} ${HINT}`;
}

function describe(message: string, args: readonly string[]): string {
  if (message.startsWith('Unknown')) return describeUnknown(args, message);
  if (message.startsWith('Not enough non-option arguments')) return 'An argument is missing.';
  const missingValue = /^Not enough arguments following: ([a-z-]+)$/.exec(message);
  if (missingValue !== null) return `--${missingValue[1] ?? ''} needs a value.`;
  return message.startsWith('Did you mean') || message.startsWith('Name a command')
    ? message
    : 'The options cannot be read.';
}

/** yargs lists unknown options and surplus arguments alike; only what was written as an option is repeated. */
function describeUnknown(args: readonly string[], message: string): string {
  const listed = message.slice(message.indexOf(':') + 1).split(',');
  const options = listed
    .map((name) => name.trim())
    .filter((name) => PLAIN_NAME.test(name))
    .filter((name) => args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)));
  if (options.length > 0) return `Unknown option: ${options.map((name) => `--${name}`).join(', ')}.`;
  if (args.some((arg) => /^-[^-\d]/.test(arg))) {
    return 'Options are written with two dashes, as in --source.';
  }
  const [command] = args;
  if (command !== undefined && PLAIN_NAME.test(command) && listed[0]?.trim() === command) {
    return `Unknown command: ${command}.`;
  }
  return 'There is an argument too many: values follow options, as in --source URL.';
}
