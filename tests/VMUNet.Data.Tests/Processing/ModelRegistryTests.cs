using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using VMUNet.Data.Processing;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Processing;

public sealed class ModelRegistryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_first_shipped_model_is_champion_and_hosts_that_start_together_agree()
    {
        await using var services = await postgres.ServicesAsync();
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => registry.RegisterAsync(
            [Flow.Registration("first", $"w{i % 2}"), Flow.Registration("site", $"w{i % 2}", ModelOrigin.Imported)], default)));

        Assert.Equal(1L, await postgres.ScalarAsync<long>("select count(*) from model_version where task = 'first' and state = 'champion'"));
        Assert.Equal(2L, await postgres.ScalarAsync<long>("select count(*) from model_version where task = 'first'"));
        Assert.Equal(0L, await postgres.ScalarAsync<long>("select count(*) from model_version where task = 'site' and state = 'champion'"));
    }

    [Fact]
    public async Task Two_champions_are_refused_by_the_database()
    {
        await using var services = await postgres.ServicesAsync();
        await services.GetRequiredService<ModelRegistry>().RegisterAsync(
            [Flow.Registration("two", "a"), Flow.Registration("two", "b")], default);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => postgres.ExecuteAsync(
            "update model_version set state = 'champion', approved_by = 'x', approved_at = now() where task = 'two'"));

        Assert.Equal("model_version_one_champion", refused.ConstraintName);
    }

    [Fact]
    public async Task Approval_replaces_the_champion_with_its_event_and_rollback_brings_it_back()
    {
        await using var services = await postgres.ServicesAsync();
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();
        await registry.RegisterAsync([Flow.Registration("swap", "old"), Flow.Registration("swap", "new")], default);
        RegisteredModel old = (await registry.ServingAsync("swap", default))!;
        long fresh = await postgres.ScalarAsync<long>("""
            update model_version set state = 'eligible' where task = 'swap' and name = 'new' returning model_version_id
            """);

        await registry.ApproveAsync(fresh, "Dr. A", "better", default);
        long promoted = (await registry.ServingAsync("swap", default))!.ModelVersionId;
        await registry.ApproveAsync(old.ModelVersionId, "Dr. A", "worse in practice", default);

        Assert.Equal(fresh, promoted);
        Assert.Equal(old.ModelVersionId, (await registry.ServingAsync("swap", default))!.ModelVersionId);
        Assert.Equal(1L, await postgres.ScalarAsync<long>("select count(*) from audit_event where kind = 'model_rolled_back'"));
        Assert.Equal(2L, await postgres.ScalarAsync<long>("select count(*) from promotion_decision where task = 'swap'"));
    }

    [Fact]
    public async Task An_update_in_the_champions_folder_takes_over_and_one_in_another_folder_waits_for_a_person()
    {
        await using var services = await postgres.ServicesAsync();
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();
        await registry.RegisterAsync([Flow.Registration("update", "v1") with { Folder = "/models/here" }], default);

        await registry.RegisterAsync([Flow.Registration("update", "v2") with { Folder = "/models/elsewhere" }], default);
        RegisteredModel before = (await registry.ServingAsync("update", default))!;
        await registry.RegisterAsync([Flow.Registration("update", "v3") with { Folder = "/models/here" }], default);

        Assert.Equal("v1", before.Name);
        Assert.Equal("v3", (await registry.ServingAsync("update", default))!.Name);
        Assert.Equal("eligible", await postgres.ScalarAsync<string>("select state from model_version where name = 'v2'"));
        Assert.Equal("retired", await postgres.ScalarAsync<string>("select state from model_version where name = 'v1'"));
    }

    [Theory]
    [InlineData("candidate")]
    [InlineData("evaluated")]
    [InlineData("rejected")]
    [InlineData("champion")]
    public async Task Only_eligible_shadow_and_retired_versions_may_become_champion(string state)
    {
        await using var services = await postgres.ServicesAsync();
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();
        await registry.RegisterAsync([Flow.Registration("no " + state, "champion " + state), Flow.Registration("no " + state, state + "!")], default);
        string name = state == "champion" ? "champion " + state : state + "!";
        long id = await postgres.ScalarAsync<long>($"""
            update model_version set state = '{state}' where task = 'no {state}' and name = '{name}' returning model_version_id
            """);

        await Assert.ThrowsAsync<IllegalModelMoveException>(() => registry.ApproveAsync(id, "Dr. A", "please", default));
    }
}
