import type { CommandDefinition, CommandGroup } from '../command-definition.ts';
import { optionGroups, type OptionDefinition, type OptionName } from '../options/option-definitions.ts';
import { definitionOf } from '../options/option-sources.ts';
import { isGroup } from './find-command.ts';

export interface HelpInput {
  program: string;
  /** What help is wanted of: names that lead there, what is there, and what is below it. */
  names: readonly string[];
  found: CommandDefinition | CommandGroup | undefined;
  choices: readonly (CommandDefinition | CommandGroup)[];
  /** Of the terminal. */
  columns: number;
}

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;
const NARROWEST_TEXT = 30;
const INDENT = '  ';

const NOTE =
  'NAMES have commas between them; options that take NAMES or a FILTER may be repeated. Every option can also be set as SEREN_… variable or in the configuration file.';

type Row = readonly [term: string, text: string];

const generalOptions: readonly Row[] = [
  ['-h, --help', 'Show what a command does and takes'],
  ['--version', 'Show the version'],
];

export function formatHelp({ program, names, found, choices, columns }: HelpInput): string {
  const call = [program, ...names].join(' ');
  const width = Math.min(WIDEST, columns);
  const sections =
    found === undefined || isGroup(found)
      ? groupSections(call, found, choices)
      : commandSections(call, found, width);
  return `${sections.map((section) => formatSection(section, width)).join('\n\n')}\n`;
}

/** A section is a line of its own, lines that stand as they are, or a table under a title. */
type Section = string | { title: string; rows: readonly Row[] } | { title: string; lines: readonly string[] };

function groupSections(
  call: string,
  group: CommandGroup | undefined,
  choices: HelpInput['choices'],
): Section[] {
  const rows = choices.map((choice): Row => {
    const words = isGroup(choice) ? ' <command>' : argumentOf(choice);
    return [`${call} ${choice.name}${words}`, choice.describe];
  });
  return [
    `${call} <command> [options]`,
    ...(group === undefined ? [] : [group.describe]),
    { title: 'Commands', rows },
    { title: 'Options', rows: generalOptions },
    `"${call} <command> --help" lists the options of a command, with examples.`,
  ];
}

function commandSections(call: string, command: CommandDefinition, width: number): Section[] {
  const { argument, options } = command;
  return [
    `${call}${argumentOf(command)} [options]`,
    command.describe,
    ...(argument === undefined
      ? []
      : [{ title: 'Arguments', rows: [[argument.name, argument.describe] as const] }]),
    ...optionGroups
      .map((title) => ({
        title,
        rows: options.filter((name) => definitionOf(name).group === title).map(optionRow),
      }))
      .filter(({ rows }) => rows.length > 0),
    { title: 'Help', rows: generalOptions },
    { title: 'Examples', lines: command.examples.flatMap((example) => formatExample(call, example, width)) },
    wrap(NOTE.split(' '), width).join('\n'),
  ];
}

function argumentOf({ argument }: CommandDefinition): string {
  return argument === undefined ? '' : ` <${argument.name}>`;
}

function optionRow(name: OptionName): Row {
  const { placeholder, describe, defaultDescription }: OptionDefinition = definitionOf(name);
  return [
    `--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    defaultDescription === undefined ? describe : `${describe} (default: ${defaultDescription})`,
  ];
}

function formatSection(section: Section, width: number): string {
  if (typeof section === 'string') return section;
  const lines = 'lines' in section ? section.lines : formatRows(section.rows, width);
  return [`${section.title}:`, ...lines.map((line) => `${INDENT}${line}`)].join('\n');
}

/** Two columns, the second one wrapped. */
function formatRows(rows: readonly Row[], width: number): string[] {
  const termWidth = Math.max(...rows.map(([term]) => term.length)) + 2;
  const textWidth = Math.max(NARROWEST_TEXT, width - INDENT.length - termWidth);
  return rows.flatMap(([term, text]) =>
    wrap(text.split(' '), textWidth).map((line, index) => (index === 0 ? term : '').padEnd(termWidth) + line),
  );
}

/** To be pasted into a shell as it stands: a long command goes on behind a backslash, at an option. */
function formatExample(
  call: string,
  [options, meaning]: CommandDefinition['examples'][number],
  width: number,
): string[] {
  const parts = `${call} ${options}`.split(/ (?=--)/);
  const lines = wrap(parts, width - INDENT.length - ' \\'.length - INDENT.length);
  const last = lines.length - 1;
  return [
    ...wrap(meaning.split(' '), width - INDENT.length - '# '.length).map((line) => `# ${line}`),
    ...lines.map((line, index) => `${index === 0 ? '' : INDENT}${line}${index === last ? '' : ' \\'}`),
  ];
}

/** Lines of as many words as fit. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
