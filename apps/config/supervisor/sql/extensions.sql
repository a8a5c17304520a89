-- Run as a superuser in template1 (so that test databases have it) and in the application's database.
CREATE EXTENSION IF NOT EXISTS vector;
