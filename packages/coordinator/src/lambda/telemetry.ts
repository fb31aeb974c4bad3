/**
 * Logs, metrics and traces of one Lambda function, by Powertools. Everything is written before an invocation answers:
 * Lambda freezes the process then.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { describeError } from '@seren-replicator/job-models';
import type { Log } from '../log.ts';
import { metricUnits, type Metrics } from '../metrics.ts';
import { redactUrls } from '../redact-urls.ts';

const NAMESPACE = 'SerenReplicator';

export interface Telemetry {
  log: Log;
  metrics: Metrics;
  /** The client, with its calls traced. */
  traced: <Client>(client: Client) => Client;
  /** Runs one invocation within a trace, and publishes what it has measured. */
  invocation: <Answer>(work: () => Promise<Answer>) => Promise<Answer>;
}

export function createTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({
    serviceName,
    jsonReplacerFn: (_, value: unknown) => (typeof value === 'string' ? redactUrls(value) : value),
  });
  const metrics = new PowertoolsMetrics({ namespace: NAMESPACE, serviceName });
  const tracer = new Tracer({ serviceName, captureHTTPsRequests: false });
  const log = toLog(logger);
  return {
    log,
    metrics: { add: (name, value) => void metrics.addMetric(name, metricUnits[name], value) },
    traced: (client) => tracer.captureAWSv3Client(client),
    invocation: async (work) => {
      try {
        return await inSubsegment(tracer, work);
      } catch (error) {
        log.error({ failure: describeError(error) }, 'invocation failed');
        // Lambda logs an error with its message and its causes, which may say too much.
        // eslint-disable-next-line preserve-caught-error
        throw new Error('The invocation failed; the log says why.');
      } finally {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      }
    },
  };
}

/** Without the error itself: traces show what it says. */
async function inSubsegment<Answer>(tracer: Tracer, work: () => Promise<Answer>): Promise<Answer> {
  const parent = tracer.getSegment();
  if (parent === undefined) return work();
  const subsegment = parent.addNewSubsegment('handler');
  tracer.setSegment(subsegment);
  tracer.annotateColdStart();
  tracer.addServiceNameAnnotation();
  try {
    return await work();
  } catch (error) {
    subsegment.addFaultFlag();
    throw error;
  } finally {
    subsegment.close();
    tracer.setSegment(parent);
  }
}

function toLog(logger: Logger): Log {
  return {
    info: (fields, message) => logger.info(message, { ...fields }),
    warn: (fields, message) => logger.warn(message, { ...fields }),
    error: (fields, message) => logger.error(message, { ...fields }),
    child: (fields) => toLog(logger.createChild({ persistentKeys: { ...fields } })),
  };
}
