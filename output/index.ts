export { type Files, filesOf } from './files';
export { OutputError } from './refuse';
export { type RenderOptions, renderMigrations } from './render-migrations';
