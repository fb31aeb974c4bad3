import { expect, test } from '@jest/globals';
import { named, stackGraph } from './stack-graphs.ts';

test('a preview, in which nothing that AWS makes up is known yet, asks for the same resources', async () => {
  const [preview, deployment] = await Promise.all([
    stackGraph('prod', 'private', {}, { isPreview: true }),
    stackGraph('prod', 'private'),
  ]);
  const urns = ({ resources }: typeof preview): string[] => resources.map(({ urn }) => urn).sort();
  expect(urns(preview)).toEqual(urns(deployment));
  const queue = named(
    preview,
    'aws:lambda/eventSourceMapping:EventSourceMapping',
    'coordinator-stream',
  ).properties;
  expect(queue['eventSourceArn']).toBe('(known after deployment)');
  expect(
    named(preview, 'aws:iam/rolePolicy:RolePolicy', 'reconciler-worker-fleet').properties['policy'],
  ).toBe('(known after deployment)');
});
