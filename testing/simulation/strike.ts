/** The faults that strike at once, whatever is going on. */
import { allTopics, consumerGroups, topics } from '@fluxo/schemas';
import type { WorldFault } from './faults.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

const UNREACHABLE_MAX_MS = 6_000;
const REGISTRY_AWAY_MAX_MS = 3_000;

/** False if it has hit nothing, or will be counted when it does. */
export function strike(world: World, fault: WorldFault): boolean {
  switch (fault) {
    case 'killed':
      return onSomebody(world, (process) => world.fleet.kill(process));
    case 'frozen':
      return onSomebody(world, (process) => world.fleet.freeze(process));
    case 'twin':
      return onSomebody(world, ({ name }) => world.fleet.start(name));
    case 'leaves':
      return onSomebody(world, (process) => process.stop());
    case 'joins':
      world.fleet.startAnother();
      return true;
    case 'markers-late':
      world.lateMarkers.choose();
      return false;
    case 'leader-moves':
      return move(world, `${(allTopics[world.random.below(allTopics.length)] ?? topics.ledger).name} 0`);
    case 'coordinator-moves':
      return move(world, someCoordinator(world));
    case 'broker-unreachable':
      return cutOffBroker(world);
    case 'registry-unreachable':
      world.setRegistryReachable(false);
      world.timeline.after(world.random.next() * REGISTRY_AWAY_MAX_MS, () =>
        world.setRegistryReachable(true),
      );
      return true;
  }
}

function onSomebody({ fleet, random }: World, harm: (process: SimulatedProcess) => void): boolean {
  const process = fleet.running[random.below(fleet.running.length)];
  if (process === undefined) return false;
  harm(process);
  return true;
}

/** Among one there is nobody to move to. */
function move({ cluster }: World, place: string): boolean {
  cluster.move(place);
  return cluster.nodes.length > 1;
}

function someCoordinator({ fleet, random }: World): string {
  const process = fleet.running[0];
  return random.isChance(0.5) || process === undefined
    ? `group ${consumerGroups.streams}`
    : `transaction ${consumerGroups.streams}-${process.name}`;
}

function cutOffBroker({ network, cluster, random }: World): boolean {
  const node = cluster.nodes[random.below(cluster.nodes.length)] ?? 1;
  return network.cutOff(node, 100 + random.next() * UNREACHABLE_MAX_MS) > 0;
}
