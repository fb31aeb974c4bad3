/**
 * A table in memory that takes the commands which the job store sends. The conditional writes are those of the real
 * code: their expressions are evaluated here. `memory-table.test.ts` compares it with the emulator.
 */
import { ConditionalCheckFailedException, type AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export interface TableCommand {
  name: string;
  input: Record<string, unknown>;
}

interface Expressions {
  Key: { job_id: { S: string } };
  Item: Item;
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

export class MemoryTable {
  readonly items = new Map<string, Item>();
  /** Called with each item that a write has changed. */
  onWrite: (before: Item | undefined, after: Item) => void = () => undefined;
  /** Ids of jobs that an index does not show yet. */
  isHidden: (jobId: string) => boolean = () => false;

  send({ name, input }: TableCommand): Record<string, unknown> {
    switch (name) {
      case 'PutItemCommand':
        return this.#put(input as unknown as Expressions);
      case 'UpdateItemCommand':
        return this.#update(input as unknown as Expressions);
      case 'GetItemCommand':
        return { Item: this.items.get((input as unknown as Expressions).Key.job_id.S) };
      case 'BatchGetItemCommand':
        return this.#batchGet(input['RequestItems'] as Record<string, { Keys: Expressions['Key'][] }>);
      case 'QueryCommand':
        return this.#query((input as unknown as Expressions).ExpressionAttributeValues?.[':status']?.S ?? '');
      default:
        throw new Error(`The job store does not send ${name}.`);
    }
  }

  #put(input: Expressions): Record<string, unknown> {
    return this.#write(input.Item['job_id']?.S ?? '', input, () => ({ ...input.Item }));
  }

  #update(input: Expressions): Record<string, unknown> {
    const {
      Key,
      UpdateExpression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values = {},
    } = input;
    return this.#write(Key.job_id.S, input, (before) => {
      const after: Item = { ...before, job_id: Key.job_id };
      const [assignments = '', removals = ''] = UpdateExpression.replace(/^SET /, '').split(' REMOVE ');
      for (const assignment of assignments.split(/, (?=#)/)) assign(after, assignment, names, values);
      for (const name of removals.split(', ').filter(Boolean))
        Reflect.deleteProperty(after, names[name] ?? '');
      return after;
    });
  }

  #write(
    jobId: string,
    input: Expressions,
    change: (before: Item | undefined) => Item,
  ): Record<string, unknown> {
    const before = this.items.get(jobId);
    const {
      ConditionExpression = '',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values = {},
    } = input;
    const isMet = ConditionExpression.split(' AND ').every((condition) =>
      holds(condition, before, names, values),
    );
    if (!isMet) {
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(before === undefined ? {} : { Item: before }),
      });
    }
    const after = change(before);
    this.items.set(jobId, after);
    this.onWrite(before, after);
    return { Attributes: after };
  }

  #batchGet(requests: Record<string, { Keys: Expressions['Key'][] }>): Record<string, unknown> {
    const found = Object.entries(requests).map(([table, { Keys }]) => {
      const items = Keys.flatMap(({ job_id: jobId }) => {
        const item = this.items.get(jobId.S);
        return item === undefined ? [] : [item];
      });
      return [table, items] as const;
    });
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  }

  #query(status: string): Record<string, unknown> {
    const found = [...this.items.values()].filter(
      (item) => item['status']?.S === status && !this.isHidden(item['job_id']?.S ?? ''),
    );
    return { Items: found.map(({ job_id: jobId }) => ({ job_id: jobId })) };
  }
}

type Names = Record<string, string>;
type Values = Record<string, AttributeValue>;

/** `#a = :v`, `#a = if_not_exists(#a, :v)` or `#a = #a + :v` */
function assign(item: Item, assignment: string, names: Names, values: Values): void {
  const [, name = '', once, sum, value = ''] =
    /^(#\w+) = (?:(if_not_exists)\(#\w+, |(#\w+ \+) )?(:\w+)\)?$/.exec(assignment) ?? [];
  const attribute = names[name];
  const given = values[value];
  if (attribute === undefined || given === undefined) throw new Error(`Not understood: ${assignment}`);
  const old = item[attribute];
  if (once !== undefined) item[attribute] = old ?? given;
  else if (sum === undefined) item[attribute] = given;
  else item[attribute] = { N: String(Number(old?.N) + Number(given.N)) };
}

function holds(condition: string, item: Item | undefined, names: Names, values: Values): boolean {
  const [, wanted, exists] = /^attribute_(not_exists|exists)\((#\w+)\)$/.exec(condition) ?? [];
  if (exists !== undefined) {
    return (item?.[names[exists] ?? ''] !== undefined) === (wanted === 'exists');
  }
  const [, name = '', operator, right = ''] = /^(#\w+) (=|<=|IN) (.+)$/.exec(condition) ?? [];
  if (operator === undefined) throw new Error(`Not understood: ${condition}`);
  const actual = textOf(item?.[names[name] ?? '']);
  const expected = (right.match(/:\w+/g) ?? []).map((value) => textOf(values[value]));
  if (actual === undefined) return false;
  return operator === '<=' ? actual <= (expected[0] ?? '') : expected.includes(actual);
}

/** Times compare as text; numbers are only compared for being equal. */
function textOf(value: AttributeValue | undefined): string | undefined {
  return value?.S ?? value?.N;
}
