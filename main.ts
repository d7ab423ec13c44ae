import { renderMigrations } from './output';

renderMigrations();
