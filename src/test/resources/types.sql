CREATE TABLE dummy (id int primary key);
