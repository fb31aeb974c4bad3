import type { Estimate } from '../estimate/estimate-job.ts';
import { formatBytes, formatCount, formatSeconds } from './format-quantities.ts';
import { formatTable } from './format-table.ts';
import type { Colors } from './output.ts';

export function formatEstimate(colors: Colors, estimate: Estimate): string {
  const { databases, estimated_size_bytes: bytes, seconds, instance_type: instanceType, cost } = estimate;
  const table = formatTable({
    colors,
    head: ['database', 'tables', 'rows', 'indexes', 'large objects'],
    rightAligned: [1, 2, 3, 4],
    rows: databases.map((size) => [
      size.database,
      formatCount(size.tables),
      formatBytes(size.table_bytes),
      formatBytes(size.index_bytes),
      formatBytes(size.large_object_bytes),
    ]),
  });
  return [
    table,
    '',
    `Size      ${formatBytes(bytes)}; submit with --estimated-size ${bytes}`,
    `Duration  about ${formatSeconds(seconds)}, two minutes of it to start a machine, if network and disks move 50 MB/s`,
    `Machine   ${instanceType}`,
    `Cost      about ${formatDollars(cost.machine)} for the machine; ${formatDollars(cost.traffic_out)} more if rows leave Amazon's network`,
    `          (prices of ${cost.prices_as_of} in ${cost.region})`,
  ].join('\n');
}

function formatDollars(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? 'less than $0.01' : `$${dollars.toFixed(2)}`;
}
