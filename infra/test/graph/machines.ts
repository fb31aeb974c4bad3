import { describe, expect, test } from '@jest/globals';
import { type GraphView } from './graph-view.ts';

export function machinesAreClosed(view: GraphView): void {
  describe('machines', () => {
    test('answer for metadata by IMDSv2 alone, to themselves alone', () => {
      const template = view.named('aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet').properties;
      const demanding = { httpTokens: 'required', httpPutResponseHopLimit: 1 };
      expect(template['metadataOptions']).toMatchObject({ ...demanding, instanceMetadataTags: 'enabled' });
      for (const { properties } of view.all('aws:ec2/instance:Instance'))
        expect(properties['metadataOptions']).toMatchObject(demanding);
    });

    test('are gone when they power off, and have no key to log in with', () => {
      const template = view.named('aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet').properties;
      expect(template['instanceInitiatedShutdownBehavior']).toBe('terminate');
      for (const properties of [
        template,
        ...view.all('aws:ec2/instance:Instance').map((each) => each.properties),
      ]) {
        expect(properties['keyName']).toBeUndefined();
      }
      expect(view.all('aws:ec2/keyPair:KeyPair')).toEqual([]);
    });
  });
}
