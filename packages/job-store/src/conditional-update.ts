/**
 * Expressions for one conditional update. Every attribute goes through `ExpressionAttributeNames`: `status`,
 * `error`, `ttl`, `owner` and many others are reserved words.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { JobRecord } from './job-record.ts';

type Attribute = keyof JobRecord;
type Value = JobRecord[Attribute];

export type Condition = { attribute: Attribute } & (
  { equals: Value } | { oneOf: readonly Value[] } | { atMost: string } | { exists: boolean }
);

export interface Changes {
  set?: Partial<JobRecord>;
  /** Set where the attribute is absent. */
  setOnce?: Partial<JobRecord>;
  remove?: readonly Attribute[];
  /** Increased by one. */
  increment?: readonly Attribute[];
}

type Expressions = Pick<
  UpdateItemCommandInput,
  'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

export function conditionalUpdate(changes: Changes, conditions: readonly Condition[]): Expressions {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string): string => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (content: unknown): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = content;
    return placeholder;
  };
  return {
    UpdateExpression: updateExpression(changes, name, value),
    ConditionExpression: conditions
      .map((condition) => conditionExpression(condition, name, value))
      .join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
  };
}

type Placeholder<Input> = (input: Input) => string;

function updateExpression(changes: Changes, name: Placeholder<string>, value: Placeholder<unknown>): string {
  const { set = {}, setOnce = {}, remove = [], increment = [] } = changes;
  const assignments = [
    ...definedEntries(set).map(([key, content]) => `${name(key)} = ${value(content)}`),
    ...definedEntries(setOnce).map(
      ([key, content]) => `${name(key)} = if_not_exists(${name(key)}, ${value(content)})`,
    ),
    ...increment.map((key) => `${name(key)} = ${name(key)} + ${value(1)}`),
  ];
  const removal = remove.length === 0 ? '' : ` REMOVE ${remove.map(name).join(', ')}`;
  return `SET ${assignments.join(', ')}${removal}`;
}

function conditionExpression(
  condition: Condition,
  name: Placeholder<string>,
  value: Placeholder<unknown>,
): string {
  const attribute = name(condition.attribute);
  if ('equals' in condition) return `${attribute} = ${value(condition.equals)}`;
  if ('oneOf' in condition) return `${attribute} IN (${condition.oneOf.map(value).join(', ')})`;
  if ('atMost' in condition) return `${attribute} <= ${value(condition.atMost)}`;
  return `${condition.exists ? 'attribute_exists' : 'attribute_not_exists'}(${attribute})`;
}

function definedEntries(record: object): [string, unknown][] {
  return Object.entries(record).filter(([, content]) => content !== undefined);
}
