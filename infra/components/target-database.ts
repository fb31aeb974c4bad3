import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { PrivateNetwork } from './private-network.ts';
import type { StorageKey } from './storage-key.ts';

export interface TargetDatabaseArgs {
  /** Name in AWS. */
  identifier: string;
  instanceClass: string;
  storageGigabytes: number;
  engineVersion: string;
  multiAz: boolean;
  isProtected: boolean;
  parameterPrefix: string;
  network: PrivateNetwork;
  storageKey: StorageKey;
  /** Security groups whose members may connect, by what they are. */
  clients: Readonly<Record<string, aws.ec2.SecurityGroup>>;
}

const PORT = 5432;
const USER = 'replicator';
const BACKUP_DAYS = 7;
const PASSWORD_LENGTH = 40;

/** A PostgreSQL server to replicate into, reachable from inside of the VPC alone. */
export class TargetDatabase extends pulumi.ComponentResource {
  readonly instance: aws.rds.Instance;
  readonly securityGroup: aws.ec2.SecurityGroup;
  /** Names of the parameters with the connection URL's parts. */
  readonly parameterPath: string;

  constructor(name: string, args: TargetDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:TargetDatabase', name, {}, options);
    this.parameterPath = `${args.parameterPrefix}/database`;
    this.securityGroup = this.#createGroup(name, args);
    const password = new random.RandomPassword(
      name,
      { length: PASSWORD_LENGTH, special: false },
      { parent: this },
    );
    this.instance = this.#createInstance(name, args, password.result);
    this.#keepCredentials(name, args.storageKey, password.result);
    this.registerOutputs({ address: this.instance.address });
  }

  #createGroup(name: string, { identifier, network, clients }: TargetDatabaseArgs): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      name,
      {
        name: identifier,
        description: 'PostgreSQL from members of the named groups alone',
        vpcId: network.vpcId,
        ingress: Object.entries(clients).map(([client, group]) => ({
          description: `PostgreSQL from the ${client}`,
          protocol: 'tcp',
          fromPort: PORT,
          toPort: PORT,
          securityGroups: [group.id],
        })),
        egress: [],
      },
      { parent: this },
    );
  }

  /** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html */
  #createInstance(name: string, args: TargetDatabaseArgs, password: pulumi.Output<string>): aws.rds.Instance {
    const major = args.engineVersion.split('.')[0] ?? '';
    const subnets = new aws.rds.SubnetGroup(
      name,
      { name: args.identifier, subnetIds: args.network.workerSubnetIds },
      { parent: this },
    );
    const parameters = new aws.rds.ParameterGroup(
      name,
      {
        name: `${args.identifier}-${major}`,
        family: `postgres${major}`,
        parameters: [
          { name: 'rds.force_ssl', value: '1' },
          { name: 'rds.logical_replication', value: '1', applyMethod: 'pending-reboot' },
        ],
      },
      { parent: this },
    );
    return new aws.rds.Instance(
      name,
      {
        identifier: args.identifier,
        engine: 'postgres',
        engineVersion: args.engineVersion,
        instanceClass: args.instanceClass,
        allocatedStorage: args.storageGigabytes,
        storageType: 'gp3',
        storageEncrypted: true,
        kmsKeyId: args.storageKey.arn,
        multiAz: args.multiAz,
        username: USER,
        password,
        port: PORT,
        dbSubnetGroupName: subnets.name,
        parameterGroupName: parameters.name,
        vpcSecurityGroupIds: [this.securityGroup.id],
        publiclyAccessible: false,
        caCertIdentifier: 'rds-ca-rsa2048-g1',
        backupRetentionPeriod: BACKUP_DAYS,
        copyTagsToSnapshot: true,
        autoMinorVersionUpgrade: true,
        deletionProtection: args.isProtected,
        skipFinalSnapshot: !args.isProtected,
        ...(args.isProtected ? { finalSnapshotIdentifier: `${args.identifier}-final` } : {}),
      },
      { parent: this, protect: args.isProtected },
    );
  }

  #keepCredentials(name: string, storageKey: StorageKey, password: pulumi.Output<string>): void {
    const parts = {
      url: pulumi.interpolate`postgresql://${USER}:${password}@${this.instance.endpoint}/postgres?sslmode=require`,
      password,
    };
    for (const [part, value] of Object.entries(parts)) {
      new aws.ssm.Parameter(
        `${name}-${part}`,
        { name: `${this.parameterPath}/${part}`, type: 'SecureString', keyId: storageKey.arn, value },
        { parent: this },
      );
    }
  }
}
