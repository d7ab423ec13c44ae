export { renderMigrations } from '../output';
