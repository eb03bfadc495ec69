/** The version in package.json, without reading that file: the build has it in another place than the sources. */
export const VERSION = '0.1.0'
