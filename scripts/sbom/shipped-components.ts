/** A package whose code is in the bundles of dist/. */
export interface BundledPackage {
  name: string;
  version: string;
}

interface Property {
  name: string;
  value: string;
}

interface Component {
  'bom-ref': string;
  scope?: string;
  properties?: Property[];
}

/** The parts that we read of a document of `npm sbom --sbom-format cyclonedx`. Everything else is kept. */
export interface Bom {
  metadata: { component: Component & { name: string }; lifecycles?: { phase: string }[] };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

// https://cyclonedx.github.io/cyclonedx-property-taxonomy/cdx/npm.html
const DEVELOPMENT = 'cdx:npm:package:development';
const BUNDLED = 'cdx:npm:package:bundled';

/**
 * Keeps the packages of the lock file that users get: those that npm installs with ours, and those in our bundles, which npm takes for
 * development dependencies.
 *
 * @param name of our package: npm takes the name of the folder
 * @throws Error if a bundled package is not in the lock file
 */
export function shippedComponents(all: Bom, name: string, bundled: readonly BundledPackage[]): Bom {
  const inBundles = new Set(bundled.map((each) => `${each.name}@${each.version}`));
  const known = new Set(all.components.map((component) => component['bom-ref']));
  const unknown = [...inBundles].filter((ref) => !known.has(ref));
  if (unknown.length > 0) throw new Error(`bundled, but not in package-lock.json: ${unknown.join(', ')}`);

  const components = all.components.flatMap((component) => {
    const others = (component.properties ?? []).filter((property) => property.name !== DEVELOPMENT);
    const isInstalled = others.length === (component.properties ?? []).length;
    if (inBundles.has(component['bom-ref']))
      return [{ ...component, scope: 'required', properties: [...others, { name: BUNDLED, value: 'true' }] }];
    return isInstalled ? [component] : [];
  });
  const shipped = new Set(components.map((component) => component['bom-ref']));
  const ours = all.metadata.component['bom-ref'];
  return {
    ...all,
    metadata: {
      ...all.metadata,
      lifecycles: [{ phase: 'build' }],
      component: { ...all.metadata.component, name },
    },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => ref === ours || shipped.has(ref))
      .map(({ ref, dependsOn = [] }) => ({
        ref,
        dependsOn: [...new Set(ref === ours ? [...dependsOn, ...inBundles] : dependsOn)].filter((to) =>
          shipped.has(to),
        ),
      })),
  };
}
