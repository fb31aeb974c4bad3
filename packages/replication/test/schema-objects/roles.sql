CREATE ROLE app_owner;
CREATE ROLE reader;
CREATE ROLE "weird ""role;";
