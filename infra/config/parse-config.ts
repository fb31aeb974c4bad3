/**
 * From the raw configuration (texts by key, as Pulumi hands them over) to a typed one. Pure: files, account and
 * machine images are `load-config.ts`' part.
 */
import type { ConfigProblem } from './config-problem.ts';
import { configSchema, type StackConfig } from './config-schema.ts';
import { findContradictions } from './find-contradictions.ts';
import { regions } from './regions.ts';

const NAMESPACE = 'seren-replicator:';

export interface ParsedConfig {
  region: string | null;
  /** Null when a field of it is wrong by itself. */
  config: StackConfig | null;
  problems: ConfigProblem[];
}

export function parseConfig(raw: Readonly<Record<string, string>>, stackName: string): ParsedConfig {
  const { region, problems: regionProblems } = parseRegion(raw['aws:region']);
  const fields = readFields(raw);
  const parsed = configSchema.safeParse(fields);
  if (parsed.success) {
    const contradictions = findContradictions(parsed.data, stackName);
    return { region, config: parsed.data, problems: [...regionProblems, ...contradictions] };
  }
  const problems = parsed.error.issues.flatMap(describeIssue);
  const contradictions = contradictionsBesides(fields, problems, stackName);
  return { region, config: null, problems: [...regionProblems, ...problems, ...contradictions] };
}

/** What contradicts itself among the fields that are right, so that nobody mends one problem to meet the next. */
function contradictionsBesides(
  fields: Record<string, unknown>,
  problems: readonly ConfigProblem[],
  stackName: string,
): ConfigProblem[] {
  const rest: Record<string, unknown> = { stage: stackName, ...structuredClone(fields) };
  for (const { path } of problems) removeField(rest, path.split('.'));
  const parsed = configSchema.safeParse({ stage: stackName, ...rest });
  if (!parsed.success) return [];
  const told = new Set(problems.map(({ path }) => path));
  return findContradictions(parsed.data, stackName).filter(({ path }) => !told.has(path));
}

/** Of a list with a wrong entry the whole list goes: positions would shift. */
function removeField(fields: Record<string, unknown>, [name = '', ...rest]: string[]): void {
  const inner = fields[name];
  if (rest.length > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
    removeField(inner as Record<string, unknown>, rest);
  } else {
    Reflect.deleteProperty(fields, name);
  }
}

function parseRegion(region: string | undefined): { region: string | null; problems: ConfigProblem[] } {
  if (region === undefined) {
    return { region: null, problems: [{ path: 'aws:region', message: 'is missing' }] };
  }
  if (regions.includes(region)) return { region, problems: [] };
  return { region: null, problems: [{ path: 'aws:region', message: `"${region}" is not a known region` }] };
}

/** Pulumi hands structured values over as JSON, and everything else as text. */
function readFields(raw: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (!key.startsWith(NAMESPACE)) continue;
    fields[key.slice(NAMESPACE.length)] = /^[[{]|^(?:true|false)$/.test(text) ? parseJson(text) : text;
  }
  return fields;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Left as text: the schema then says what the field must be.
    return text;
  }
}

function describeIssue(issue: {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
}): ConfigProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined) {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a setting' }));
  }
  return [{ path: path.join('.'), message: lowerFirst(issue.message) }];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
