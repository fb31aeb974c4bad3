/** What holds for every stack in every network, asserted on the graph that the real program asks for. */
import { beforeAll, describe } from '@jest/globals';
import type { ResourceGraph } from '../preview/resource-graph.ts';
import { everythingIsEncrypted } from './graph/encrypted.ts';
import { GraphView } from './graph/graph-view.ts';
import { dataIsKept } from './graph/kept.ts';
import { machinesAreClosed } from './graph/machines.ts';
import { nothingIsPublic } from './graph/nothing-public.ts';
import { serviceIsWired } from './graph/service.ts';
import { everyStack, stackGraph } from './stack-graphs.ts';

const graphs = new Map<string, ResourceGraph>();
beforeAll(async () => {
  await Promise.all(
    everyStack.map(async ([stack, mode]) => graphs.set(`${stack} ${mode}`, await stackGraph(stack, mode))),
  );
});

describe.each(everyStack.map(([stack, mode]) => ({ stack, mode })))('$stack, $mode', ({ stack, mode }) => {
  const view = new GraphView(stack, mode, () => {
    const found = graphs.get(`${stack} ${mode}`);
    if (found === undefined) throw new Error('The program did not run.');
    return found;
  });
  nothingIsPublic(view);
  everythingIsEncrypted(view);
  dataIsKept(view);
  machinesAreClosed(view);
  serviceIsWired(view);
});
