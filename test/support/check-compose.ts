/**
 * Checks the compose file: `node --import tsx test/support/check-compose.ts [file]`. With `docker compose` at hand that decides;
 * else the rules of the compose specification that a mistake here would break. What the specification leaves open and we do not
 * is checked either way: ports on 127.0.0.1 only, images with a tag, no variable that is silently empty.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Fields = Record<string, unknown>;

const topLevel = ['name', 'services', 'networks', 'volumes', 'configs', 'secrets', 'include'];
const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'];
const interpolation = /\$\$|\$\{[A-Za-z_]\w*(:?[-?+][^}]*)?\}|\$/g;
const portSyntax = /^(\d+\.\d+\.\d+\.\d+:)?\d+(-\d+)?:\d+(-\d+)?(\/(tcp|udp))?$/;

const file = process.argv[2] ?? 'docker-compose.yml';
const text = readFileSync(file, 'utf8');
const dockerHasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

console.log(
  `${file}: checked by ${dockerHasCompose ? 'docker compose config and our rules' : 'our rules alone (no docker compose here)'}`,
);
const faults = [...(dockerHasCompose ? faultsOfDocker() : []), ...faultsOfFile()];
for (const fault of faults) console.error(`  ${fault}`);
console.log(faults.length === 0 ? 'no faults' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function faultsOfDocker(): string[] {
  const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => [name, 'check']);
  const env = { ...process.env, ...Object.fromEntries(required) } as NodeJS.ProcessEnv;
  const { status, stderr } = spawnSync('docker', ['compose', '-f', file, 'config', '--quiet'], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`docker compose config: ${stderr.trim()}`];
}

function faultsOfFile(): string[] {
  let root: Fields;
  try {
    root = fields(parse(text, { merge: true }));
  } catch (error) {
    return [`not YAML: ${(error as Error).message}`];
  }
  const services = Object.entries(fields(root['services'])).map(([name, service]) => [name, fields(service)] as const);
  return [
    ...Object.keys(root)
      .filter((key) => !topLevel.includes(key) && !key.startsWith('x-'))
      .map((key) => `${key}: no top-level key of the compose specification`),
    ...(services.length === 0 ? ['services: there are none'] : []),
    ...services.flatMap(([name, service]) =>
      faultsOfService(root, service).map((fault) => `services.${name}.${fault}`),
    ),
    ...faultsOfVariables(),
  ];
}

function faultsOfService(root: Fields, service: Fields): string[] {
  const faults: string[] = [];
  const image = service['image'];
  if (image === undefined && service['build'] === undefined) faults.push('image: neither image nor build is given');
  if (typeof image === 'string' && (!/:[^/]+$/.test(image) || image.endsWith(':latest'))) {
    faults.push(`image: ${image} is not pinned to a version`);
  }
  faults.push(...faultsOfDependencies(fields(root['services']), service['depends_on']));
  for (const port of list(service['ports'])) {
    if (!portSyntax.test(String(port))) faults.push(`ports: ${String(port)} is not host:published:target`);
    else if (!String(port).startsWith('127.0.0.1:')) faults.push(`ports: ${String(port)} is open beyond 127.0.0.1`);
  }
  for (const volume of list(service['volumes'])) {
    const source = typeof volume === 'string' ? volume.split(':')[0] : fields(volume)['source'];
    if (typeof source === 'string' && /^[\w-]+$/.test(source)) faults.push(...undeclared(root, 'volumes', source));
  }
  for (const name of namesIn(service['networks'])) faults.push(...undeclared(root, 'networks', name));
  for (const kind of ['configs', 'secrets']) {
    for (const name of namesIn(service[kind])) faults.push(...undeclared(root, kind, name));
  }
  const health = fields(service['healthcheck']);
  if (service['healthcheck'] !== undefined && health['test'] === undefined && health['disable'] !== true) {
    faults.push('healthcheck: has no test');
  }
  return faults;
}

function faultsOfDependencies(services: Fields, dependsOn: unknown): string[] {
  const faults: string[] = [];
  for (const name of namesIn(dependsOn)) {
    const target = services[name];
    if (target === undefined) {
      faults.push(`depends_on: there is no service ${name}`);
      continue;
    }
    if (Array.isArray(dependsOn)) continue;
    const condition = fields(fields(dependsOn)[name])['condition'];
    if (!conditions.includes(String(condition))) faults.push(`depends_on: ${name} has no valid condition`);
    if (condition === 'service_healthy' && fields(target)['healthcheck'] === undefined) {
      faults.push(`depends_on: ${name} never gets healthy, it has no healthcheck`);
    }
  }
  return faults;
}

function undeclared(root: Fields, kind: string, name: string): string[] {
  return name in fields(root[kind]) ? [] : [`${kind}: ${name} is not declared`];
}

/** `${NAME:?message}` or `${NAME:-default}`; a plain `${NAME}` would be empty without a word when it is not set. */
function faultsOfVariables(): string[] {
  const withoutComments = text.replaceAll(/^\s*#.*$/gm, '');
  return [...withoutComments.matchAll(interpolation)]
    .filter(([whole, modifier]) => whole !== '$$' && !modifier?.startsWith(':?') && !modifier?.startsWith(':-'))
    .map(
      ([whole]) =>
        `${whole === '$' ? 'a single $' : whole}: write \${NAME:?message}, \${NAME:-default}, or $$ for a dollar`,
    );
}

/** The names in a list of strings or of objects with a source, or the keys of a map. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : String(fields(item)['source'])));
  return Object.keys(fields(value));
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
